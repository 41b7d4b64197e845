# The gateway, alone in its image: no shell, no root, nothing written. Runs with a read-only root file system.
#   docker build --build-arg VERSION=$(git describe --tags --always) -t aldis .

FROM --platform=$BUILDPLATFORM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG TARGETOS TARGETARCH
ARG VERSION=dev
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -buildvcs=false \
    -ldflags "-s -w -X github.com/aldis-rtc/aldis/pkg/cli.version=$VERSION" -o /aldis ./cmd/aldis

FROM gcr.io/distroless/static:nonroot
ARG VERSION=dev
LABEL org.opencontainers.image.title="aldis" \
      org.opencontainers.image.description="WebRTC signaling for Kubernetes" \
      org.opencontainers.image.source="https://github.com/aldis-rtc/aldis" \
      org.opencontainers.image.version=$VERSION \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /aldis /aldis
# As a number: the kubelet cannot check runAsNonRoot against a name.
USER 65532:65532
EXPOSE 8080 9090
ENTRYPOINT ["/aldis"]
CMD ["serve", "--listen=:8080", "--ops-listen=:9090"]
