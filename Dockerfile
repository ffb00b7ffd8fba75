# The released programs, which are static, on an image with certificates and nothing else: for amd64 and arm64.
# They lie in image/amd64 and image/arm64: the job `image` of the release puts them there.
FROM gcr.io/distroless/static-debian12:nonroot
ARG TARGETARCH
COPY image/${TARGETARCH}/tf-headroom /usr/local/bin/tf-headroom
WORKDIR /work
ENTRYPOINT ["/usr/local/bin/tf-headroom"]
