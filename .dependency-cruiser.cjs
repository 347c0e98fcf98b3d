// The walls of the whole tree. Every rule says what to do instead.
const PROGRAMS = 'operator|edge|voice|speech|say|call|drill|evidence|hold|status|sweep|records|store-server'
// threads/ opens to other threads of this process.
const DOORS = 'kube|telephony|store|threads'
// kube/field-ownership.ts says what of a manifest is ours: arithmetic on values, which plans need and doors use.
// Of pki/ only pki/identity.ts reads files.
const PURE =
  '^src/((lib|api|wire|rules|seal|messages|conversation|operator/(world|steps|judge|plan|report|render|dry-run)|edge/(plan|report|render)|voice/(call|pipeline|record)|caller/judge)/|pki/(?!identity[.])|kube/(field-ownership|raw-object)[.]ts$|call/(options|report)[.]ts$)'

// Of hack/: what judges, converts and renders. Unit tests hold it without a machine to act on.
const PURE_TOOLS =
  '^hack/(audit/(bill|findings|pins|readers)|calls/(answerers|lives|netstring|heard-streams|playout|rtp-judge|scenario|voice-judge)|cluster/(debian-packages|table|render/[^/]+)|form|mutants/(mutate|promises)|release/(checks|images|values)|speech/(ctranslate2|dequantise|float16|ggml|onnx|protobuf|sources)|tests/(plan|summary))[.]ts$'

const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    rule(
      'no-circles',
      'Two files that need each other are one file, or hide a third: take the shared part out.',
      {},
      { circular: true },
    ),
    rule(
      'lib-knows-nothing',
      'lib/ holds helpers without a domain word. Move the code to the room whose word it uses.',
      { path: '^src/lib/' },
      { path: '^src/', pathNot: '^src/lib/' },
    ),
    rule(
      'api-knows-lib',
      'api/ is the contract that a user writes. Behaviour belongs to rules/ or to a program.',
      { path: '^src/api/' },
      { path: '^src/', pathNot: '^src/(api|lib)/' },
    ),
    rule(
      'wire-knows-lib',
      'wire/ turns bytes into values. Take what it needs from outside as a parameter.',
      { path: '^src/wire/' },
      { path: '^src/', pathNot: '^src/(wire|lib)/' },
    ),
    rule(
      'rules-know-api',
      'rules/ are pure decisions. Gather what they need in an observe/ room and pass it in.',
      { path: '^src/rules/' },
      { path: '^src/', pathNot: '^src/(rules|api|lib)/' },
    ),
    rule(
      'doors-stay-apart',
      'A door opens to one world. A program brings two doors together.',
      { path: `^src/(${DOORS})/` },
      // A store takes what is sealed, and knows its type alone: what seals and opens is out of its reach.
      { path: '^src/', pathNot: '^src/($1|lib|wire|api|messages|listeners|runtime|pki)/|^src/seal/sealed[.]ts$' },
    ),
    rule(
      'seal-knows-rules',
      'seal/ turns octets into sealed octets. Where they are kept is up to a door, and when they go to rules/retention.',
      { path: '^src/seal/' },
      { path: '^src/', pathNot: '^src/(seal|rules|api|lib)/' },
    ),
    rule(
      'only-store-opens-databases',
      'Only store/ opens a database.',
      { path: '^src/', pathNot: '^src/store/' },
      { path: 'node_modules/pg/|^pg$' },
    ),
    rule(
      'sweep-decrypts-nothing',
      'sweep/ destroys keys and knows none: opening a record is out of its reach.',
      { path: '^src/sweep/' },
      { path: '^src/seal/' },
    ),
    rule(
      'runtime-knows-listeners',
      'runtime/ is what every program runs with: clock, log, shutdown, health, metrics. Take what it serves as a parameter.',
      { path: '^src/runtime/' },
      // The metrics server is handed the gate of kube/access-review.ts, and knows its type alone.
      { path: '^src/', pathNot: '^src/(runtime|listeners|lib)/', dependencyTypesNot: ['type-only'] },
    ),
    rule(
      'pki-knows-runtime',
      'pki/ makes, reads and renews certificates, for every program and door. Where they are kept is up to a program.',
      { path: '^src/pki/' },
      { path: '^src/', pathNot: '^src/(pki|runtime|lib)/' },
    ),
    rule(
      'conversation-knows-rules',
      'conversation/ is the engine that talks, for every program that plays a flow. It takes words and returns words.',
      { path: '^src/conversation/' },
      { path: '^src/', pathNot: '^src/(conversation|rules|api|lib)/' },
    ),
    rule(
      'caller-knows-telephony',
      'caller/ is a telephone for test calls, for every program that places them. Take whom to call, and by which way, as a parameter.',
      { path: '^src/caller/' },
      { path: '^src/', pathNot: '^src/(caller|telephony|wire|lib)/|^src/runtime/(clock|log|redacted-error)[.]ts$' },
    ),
    rule(
      'listeners-know-lib',
      'listeners/ limits what connections may cost, for every program and door. Take what it serves as a parameter.',
      { path: '^src/listeners/' },
      { path: '^src/', pathNot: '^src/(listeners|lib)/|^src/runtime/clock[.]ts$' },
    ),
    rule(
      'webclient-knows-rules',
      'webclient/ asks web servers that tenants name, for every program. Take what is sent as a parameter.',
      { path: '^src/webclient/' },
      { path: '^src/', pathNot: '^src/(webclient|rules|wire|lib|runtime)/' },
    ),
    rule(
      'programs-stay-apart',
      'Programs share rules/, doors and lib/, never each other.',
      { path: `^src/(${PROGRAMS})/` },
      { path: `^src/(${PROGRAMS})/`, pathNot: '^src/$1/' },
    ),
    rule(
      'pure-rooms-stay-pure',
      'A pure room takes values and returns values. Do the reading in observe/, the doing in apply/.',
      { path: PURE },
      { path: '^src/', pathNot: PURE },
    ),
    rule(
      'report-decides-nothing',
      'A status shows the verdict that the plan acted on. Put the decision into operator/judge/, and let both plan/ and report/ use it.',
      { path: '^src/operator/report/' },
      { path: '^src/operator/(plan|render|apply|observe)/|^src/rules/drill/machine[.]ts$' },
    ),
    rule(
      'judge-knows-the-world',
      'operator/judge/ decides from what was observed: neither what a plan makes of it nor how it is shown is its business.',
      { path: '^src/operator/judge/' },
      { path: '^src/operator/', pathNot: '^src/operator/(judge|world)/' },
    ),
    rule(
      'pure-rooms-do-no-io',
      'A pure room does no I/O: pass the value in. (Files of pki/ have OpenSSL load what they read, and open nothing.)',
      { path: PURE, pathNot: '^src/pki/(pem|crl)[.]ts$' },
      { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|util|assert)$' },
    ),
    rule(
      'only-kube-talks-http',
      'Only kube/ talks to the API server.',
      { path: '^src/', pathNot: '^src/(kube|speech|voice|webclient|operator/health|store/client)' },
      { path: 'undici' },
    ),
    rule(
      'only-telephony-opens-sockets',
      'Only telephony/ opens dgram, net and tls. (pki/, operator/certificates/own-certificate.ts and kube/connection-pools.ts make TLS contexts and open nothing; listeners/ has the types of what it limits.)',
      {
        path: '^src/',
        pathNot:
          '^src/(telephony/|listeners/|pki/(pem|crl)[.]ts$|operator/(certificates/own-certificate|state-client)[.]ts$|kube/connection-pools[.]ts$)',
      },
      { dependencyTypes: ['core'], path: '^(node:)?(dgram|net|tls)$' },
    ),
    ...[
      ['transport', 'transaction|dialog|agent'],
      ['transaction', 'dialog|agent'],
      ['dialog', 'agent'],
    ].map(([room, above]) =>
      rule(
        `sip-${room}-knows-what-is-below`,
        'transport, transaction, dialog, agent: each knows those before it. Hand up what is needed as a parameter or a callback.',
        { path: `^src/telephony/${room}/` },
        { path: `^src/telephony/(${above})/` },
      ),
    ),
    rule(
      'src-is-shipped',
      'Images carry src/ alone. Move what a program needs into one of its rooms.',
      { path: '^src/' },
      { path: '^(hack|test|bench)/' },
    ),
    rule(
      'tools-know-the-contract',
      'hack/ builds, installs, calls and judges from outside. It knows the contract (api), formats (wire), and parts for servers of its own (pki, runtime, telephony), but no program of ours.',
      { path: '^hack/' },
      { path: '^src/', pathNot: '^src/(api|wire|pki|runtime|telephony)/' },
    ),
    rule(
      'tools-know-no-tests',
      'Tests use tools. Move what both need to hack/.',
      { path: '^hack/' },
      { path: '^test/' },
    ),
    rule(
      'only-figures-know-benchmarks',
      'Benchmarks use tools; of all tools hack/figures alone reads their reports.',
      { path: '^hack/', pathNot: '^hack/figures/' },
      { path: '^bench/' },
    ),
    rule(
      'pure-tools-stay-pure',
      'Judging, converting and rendering take values and return values. Do the reading and the doing in another file.',
      { path: PURE_TOOLS },
      {
        path: '^(hack|src|bench|test)/',
        pathNot: `${PURE_TOOLS}|^src/(api|wire|lib|rules)/`,
        dependencyTypesNot: ['type-only'],
      },
    ),
    rule(
      'pure-tools-do-no-io',
      'A pure tool does no I/O: pass the value in.',
      { path: PURE_TOOLS },
      { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|util|assert)$' },
    ),
    rule(
      'benchmarks-use-the-harness',
      'A benchmark shares rigs with tests through test/harness. Move it there.',
      { path: '^bench/' },
      { path: '^test/', pathNot: '^test/harness/' },
    ),
    rule(
      'tests-share-through-the-harness',
      'What two groups of tests need lies in test/harness (mutations of messages in test/fuzz).',
      { path: '^test/(unit|golden|integration|contrast|e2e)/' },
      { path: '^test/', pathNot: '^test/($1|harness|fuzz)/' },
    ),
    rule(
      'the-harness-knows-no-test',
      'The harness serves tests. Move what it needs into it.',
      { path: '^test/(harness|fuzz)/' },
      { path: '^test/', pathNot: '^test/(harness|fuzz)/' },
    ),
    rule(
      'tests-are-not-imported',
      'Importing a test plays it. Move what you need to test/harness.',
      {},
      { path: '[.]test[.]ts$' },
    ),
    rule(
      'unit-tests-start-no-cluster',
      'A unit test needs nothing but Node. Move it to test/integration.',
      { path: '^test/(unit|golden/(operator|dialog))/' },
      { path: '^(hack/cluster/(bare|up)|test/harness/api-server)[.]ts$', reachable: true },
    ),
    rule(
      'only-tests-use-test-libraries',
      'What ships or measures does not assert with the libraries of tests.',
      { path: '^(src|hack|bench)/' },
      { path: '(^|/)node_modules/(chai|mocha|fast-check)/' },
    ),
    rule(
      'no-orphans',
      'Nothing imports this file: use it or remove it.',
      { orphan: true, path: '^src/', pathNot: '[.]d[.]ts$' },
      {},
    ),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.json'] },
  },
}
