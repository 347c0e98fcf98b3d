# One image, several programs: `node src/main.ts operator | edge-agent | voice | speech`.
# out/image (Node itself and the production packages) is prepared by `make image-context`; then any builder does:
#   docker build -t REGISTRY/callbot-operator:TAG .
# The local cluster builds it from a base that it makes of Debian packages (--from), so that no registry is needed.
FROM debian:trixie-slim@sha256:a29215f6a35e51e22adffa17f89e9d2ef06214e64a2bad10d765c46aea49f11f
# What becomes of packages that hack/images/packages.lock does not have: refuse or report.
ARG DRIFT=refuse
COPY hack/images /usr/local/share/callbot
ENV NODE_ENV=production
WORKDIR /app
# Node is linked to libatomic, which slim images lack. The local base has it, so that no network is needed.
RUN /usr/local/share/callbot/packages.sh ca-certificates libatomic1
# From what changes least to what changes most: a change of source code makes one small layer.
COPY out/image/node /usr/local/bin/node
COPY out/image/node_modules node_modules
COPY package.json ./
COPY crds crds
COPY src src
# Both programs have room for 256 MiB; V8 would take what it finds. A quarter of the memory of an idle bot is what it saves.
ENV NODE_OPTIONS="--max-semi-space-size=2 --v8-pool-size=1 --max-old-space-size=128"
# glibc gives each thread of V8 and libuv an arena of its own: what lay idle in them was 55 MiB beside 5,000 bots. And it
# keeps what was freed after the first list, 10 MiB, unless told how much it may keep.
ENV MALLOC_ARENA_MAX=1
ENV MALLOC_TRIM_THRESHOLD_=131072
# What runs is the source; the cache spares each start the compiler that strips its types (35 MB and half a second).
# Node takes a cache only from the user that it runs as.
# What is freed is overwritten: what callers say, and keys, must not lie in memory that nobody uses. glibc doesn't overwrite what its caches of
# threads take, so there are none.
ENV GLIBC_TUNABLES=glibc.malloc.tcache_count=0:glibc.malloc.perturb=85
ENV NODE_COMPILE_CACHE=/app/compile-cache
RUN install -d -o 65532 -g 65532 /app/compile-cache
USER 65532:65532
# Whatever is missing in it brings the compiler back into the pod, 14 MiB: so also the door, what comes by import() later, and the
# scripts of threads, which fail here for want of a job once they are compiled.
# Of another set of flags V8 takes nothing, so they are those of the ENTRYPOINT.
RUN node --clear-free-memory --no-memory-pool --expose-gc src/main.ts --help && node --clear-free-memory --no-memory-pool --expose-gc --input-type=module -e \
    'for (const module of ["operator/main", "operator/webhooks/webhook", "api/parse", "api/flow-text", "voice/main", "voice/flow/test-thread", "voice/flow/test-runner", "edge/main", "edge/media-guard/main", "records/main", "records/export", "store-server/main", "sweep/main", "sweep/migrate"]) await import("/app/src/" + module + ".ts"); \
     for (const script of ["threads/flow-worker", "voice/flow/test-worker"]) await import("/app/src/" + script + ".ts").catch(() => {})'
# No core dump and no inspector: what callers say, and keys, are in memory. A limit of 1 octet, since 0 does not keep the kernel from
# piping the memory into a program where the node's core_pattern names one; 1 does (core(5), fs/coredump.c).
# What V8 frees is overwritten at once, and what glibc frees by GLIBC_TUNABLES.
ENTRYPOINT ["prlimit", "--core=1:1", "node", "--disable-sigusr1", "--clear-free-memory", "--no-memory-pool", "--expose-gc", "src/main.ts"]
