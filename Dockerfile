# docs/decisions/0009-container-image.md says why it is built like this.

# The same base each time: --build-arg BASE=ubuntu:26.04@sha256:…
ARG BASE=ubuntu:26.04

FROM ${BASE} AS build
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates dotnet-sdk-10.0 gcc libc6-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
# BuildKit sets it; other builders leave it empty. A default here would win over BuildKit.
ARG TARGETARCH
ARG VERSION=
ARG REVISION=
ENV DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# Compares the packages with the hashes of the lock file; publishing adds those of the platform.
RUN dotnet restore src/MtlsProbe --locked-mode
RUN case "${TARGETARCH:-amd64}" in amd64) arch=x64 ;; *) arch="$TARGETARCH" ;; esac \
 && dotnet publish src/MtlsProbe --configuration Release --runtime "linux-$arch" --output /published -p:PublishProfile=Native \
    ${VERSION:+-p:Version="$VERSION"} ${REVISION:+-p:SourceRevisionId="$REVISION"}

FROM ${BASE}
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates libssl3t64 \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /published/mtlsprobe /usr/local/bin/mtlsprobe
COPY LICENSE THIRD-PARTY-NOTICES.md /usr/share/doc/mtlsprobe/

# .NET diagnostics need a socket in /tmp, and the root file system may be read-only.
ENV DOTNET_EnableDiagnostics=0
USER 10219:10219
WORKDIR /etc/mtlsprobe
EXPOSE 10219
# For another address or TLS, docker run takes another one: --health-cmd "mtlsprobe healthcheck --web.config.file /etc/mtlsprobe/web.yml"
HEALTHCHECK --interval=10s --timeout=6s --start-period=10s --retries=3 CMD ["/usr/local/bin/mtlsprobe", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/mtlsprobe"]
CMD ["serve"]

ARG BASE
ARG VERSION=
ARG REVISION=
LABEL org.opencontainers.image.title="MtlsProbe" \
      org.opencontainers.image.description="Prometheus exporter and prober for mutual TLS" \
      org.opencontainers.image.source="https://github.com/mtlsprobe/mtlsprobe" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="${BASE}" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
