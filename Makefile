# `make` alone lists the targets. Each target installs what it needs; only make, npm, Go and root are required.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
# Programs that are started often are compiled once.
export NODE_COMPILE_CACHE ?= $(CURDIR)/out/compile-cache
FILE ?= config/samples/30-callbot.yaml
TIMES ?= 1
DOCS_TESTS := test/unit/hack/tests/quarantine.test.ts test/unit/docs.test.ts test/unit/documented-tests.test.ts test/unit/runbooks.test.ts test/unit/figures.test.ts test/unit/drill/picture.test.ts

help: ## this text
	@awk -f hack/help.awk $(MAKEFILE_LIST)

##@ Everyday
demo: deps ## the demo: cluster, chart, samples, calls; a zone fails and recovers
	@node hack/demo.ts
test: deps ## all that a change can break: unit, golden, integration and end-to-end tests, without proofs; STRICT=1 doesn't retry
	@node hack/tests/main.ts
unit: deps ## the tests that need nothing but Node (seconds)
	@mocha 'test/unit/**/*.test.ts' 'test/golden/{operator,conversation,status}/**/*.test.ts'
say: deps ## talk with the bot of FILE=bot.yaml by text, without a cluster
	@node src/main.ts say --file $(FILE) $(if $(BOT),--bot $(BOT))
bot-test: deps ## check FILE=bot.yaml, play the bot's own tests, and report the ways that no test holds
	@node src/main.ts test --file $(FILE) $(if $(BOT),--bot $(BOT))
plan: deps ## what the operator would write for FILE=bot.yaml, without a cluster
	@node src/main.ts plan --file $(FILE)

##@ Cluster (three zones on this machine; CLUSTER=current uses the one of $KUBECONFIG)
cluster: deps ## start it, or repair it after a crash
	@node hack/cluster/main.ts up
cluster-status: deps ## what runs and what has failed
	@node hack/cluster/main.ts status
cluster-down: deps ## remove it completely, and those that tests started beside it
	@CLUSTER_INSTANCE=2 node hack/cluster/main.ts down
	@CLUSTER_INSTANCE=1 node hack/cluster/main.ts down
	@node hack/cluster/main.ts down
images: deps ## build the image and load it into the zones
	@node hack/cluster/main.ts images
fault: deps ## inject or remove a fault: make fault DO="cut zone-b"; make fault lists the verbs
	@node hack/cluster/main.ts $(or $(DO),--help)
install: cluster images ## install or upgrade the chart
	@node hack/install-chart.ts
uninstall: deps ## remove the chart; bots keep answering
	@node hack/install-chart.ts --uninstall

##@ Contract
generate: deps ## write crds/, the copies in the chart, config/base, config/samples and the API reference from src and the charts
	@node hack/generate.ts
	@node hack/render-base.ts
	@node hack/render-samples.ts
mutants: deps ## mutate the code and report which mutants no unit test detects (MUTANTS=80 of them, and all that drop a promise)
	@node hack/mutants/main.ts
docs-check: deps ## check that all that the docs name exists: targets, paths, links, flags, metrics, tests, evidence of figures; lists stale figures
	@mocha $(DOCS_TESTS)
	@node hack/figures/main.ts --stale
verify: deps ## all checks without a cluster: types, lint, format, imports, unused code, generated files, docs
	@tsc --noEmit -p .
	@eslint src test hack bench
	@prettier --check --log-level warn .
	@depcruise --config .dependency-cruiser.cjs src hack test bench
	@knip
	@node hack/generate.ts --check
	@node hack/render-base.ts --check
	@node hack/render-samples.ts --check
	@mocha --reporter dot $(DOCS_TESTS)
	@node hack/audit/main.ts --quick
	@echo verified
audit: deps ## checkov, kube-score and hadolint over chart and images, gitleaks over the history, and bills of materials (about 4 minutes at first, then one)
	@node hack/audit/main.ts

##@ Proof (long forms; each prints a table and writes out/NAME.json)
e2e: deps ## one proof at full length: make e2e PROMISE=zone-cut-shows; SHORT=1 in short form, TIMES=3 three rounds; all, short, without PROMISE
	@node hack/tests/proofs.ts play --times $(TIMES) --form $(if $(SHORT)$(if $(PROMISE),,all),short,whole) $(if $(PROMISE),--promise $(PROMISE))
proofs: deps ## proofs at full length, what failed or changed most first: BUDGET=40m begins none after that, SINCE=ref, SHARD=1/3
	@node hack/tests/proofs.ts play --form whole $(if $(BUDGET),--budget $(BUDGET)) $(if $(SINCE),--since $(SINCE)) $(if $(SHARD),--shard $(SHARD))
proofs-status: deps ## when each proof was shown last, with what result, and what changed since
	@node hack/tests/proofs.ts status
zero-day: deps ## search every octet after 200 calls, or CALLS=10000, of which nothing is kept; starts a cluster on a disk of its own, so `make cluster-down` first
	@CLUSTER_DISK=image node hack/cluster/main.ts up
	@node hack/cluster/main.ts images
	@node hack/tests/proofs.ts play --form whole --promise zero-day-writes-nothing
bench-operator: deps ## the operator compared with controller-runtime (Go) and kopf (Python); about 40 minutes
	@node bench/operator/main.ts
bench-voice: deps ## cost of a call, time to answer and time to speak, compared with Asterisk 22; about 22 minutes
	@node bench/voice/main.ts
proof-hundred-calls: deps ## a hundred callers talk with one pod for ten minutes: no loss, an exact clock, constant memory
	@PROOF=whole mocha test/integration/calls/hundred-calls.test.ts
figures: deps ## write docs/evidence and the tables of docs/benchmarks.md from the full-length runs in out/runs, and what the ledger of proofs says
	@node hack/tests/proofs.ts sum
	@node hack/figures/main.ts
bench-purge: deps ## how long expired records can be read and writers wait, compared with DELETE and DROP: ROWS=200000, or 10000000 for the full form
	@node bench/purge/main.ts --rows $(or $(ROWS),200000)
bench-relay: deps ## cost of a relayed call, beside rtpengine alone, and how much later it is answered than without a relay; about 5 minutes
	@node bench/relay/main.ts
bench-media: deps ## cost of a media packet, for each direction and SRTP suite
	@node bench/voice/media.ts
bench-sip: deps ## the SIP parser compared with the npm package sip
	@node bench/voice/parse.ts
bench-speech: deps ## word error rate and speed of the embedded speech server, on human French recordings
	@node bench/speech/main.ts
sweep: deps ## kill the operator at 520 writes and orders of drills, before, within and after each: SEED=N repeats an order of points
	@PROOF=whole mocha test/e2e/operator-dies-at-every-write-of-a-drill.test.ts
drill-years: deps ## simulate weekly drills to which things happen: YEARS=1000; SEED=N YEARS=1 repeats the year that failed
	@node test/drill-years/main.ts
fuzz: deps ## mutated SIP messages, session descriptions and media packets (MUTATIONS=10000000 of each), tables of WORLDS=5000 odd tenants in a real proxy, and EDGE_SECONDS=3600 of mutated calls by it, its relay and a pod
	@node test/fuzz/main.ts

##@ Ship
picture: deps ## the picture of a drill in the README, of the drill that make demo played last
	@node hack/drill-picture.ts
plugin: deps ## the kubectl plugin: one file, a binary for this platform, its archive and krew manifest, in out/plugin
	@node hack/plugin.ts
speech-models: deps ## fetch and convert the models of the embedded speech server; prints their folder
	@node hack/speech/main.ts models
lock-packages: deps ## record the current Debian packages of the mirror in hack/images/packages.lock
	@node hack/lock-packages.ts
release-check: deps ## what a release does, against a registry on the loopback interface: INSTALL=1 also installs the chart from there on the local cluster
	@node hack/release/main.ts rehearse $(if $(INSTALL),--install)
image-context: deps ## prepare out/image and out/speech for your image builder: docker build -f Dockerfile -t NAME:TAG .
	@node hack/cluster/main.ts image-context

deps: node_modules/.package-lock.json
node_modules/.package-lock.json: package-lock.json
	@command -v npm >/dev/null || { echo 'npm is needed to begin (any Node from 20 on): apt-get install npm'; exit 1; }
	@echo 'installing the dependencies ...'
	@npm ci --no-audit --no-fund --loglevel=error
	@$$(command -v sha256sum || echo shasum -a 256) --check --ignore-missing --quiet hack/node.sha256 || { rm -f $@; echo 'Node is missing in node_modules, or is not what package-lock.json and hack/node.sha256 pin: run make deps again; if it stays so, do not use it'; exit 1; }
	@touch $@

.PHONY: help demo test unit say bot-test plan cluster cluster-status cluster-down images fault install uninstall generate verify audit e2e proofs proofs-status bench-operator bench-voice proof-hundred-calls figures bench-relay bench-media bench-sip bench-purge bench-speech sweep drill-years fuzz picture plugin speech-models lock-packages image-context release-check zero-day deps
