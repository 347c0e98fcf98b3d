# One image, several programs: `node src/main.ts operator | edge-agent | voice | speech | drill | sweep`.
# out/image (Node itself and the production packages) is prepared by `make image-context`; then any builder does:
#   docker build -t REGISTRY/callbot-operator:TAG .
# The local cluster passes a BASE that it makes from Debian packages, so that no registry is needed.
ARG BASE=debian:trixie-slim
FROM ${BASE}
ENV NODE_ENV=production
WORKDIR /app
# Node is linked to libatomic, which slim images lack. The local base has it, so that no network is needed.
RUN ldconfig -p | grep -q libatomic.so.1 || \
    (apt-get update && apt-get install -y --no-install-recommends libatomic1 ca-certificates && rm -rf /var/lib/apt/lists/*)
# From what changes least to what changes most: a change of source code makes one small layer.
COPY out/image/node /usr/local/bin/node
COPY out/image/node_modules node_modules
COPY package.json ./
COPY crds crds
COPY src src
USER 65532:65532
ENTRYPOINT ["node", "src/main.ts"]
