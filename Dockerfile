# Sallyport in a container: one static program, no shell, no other account.
#
#   docker build -t sallyport .
#   docker run -p 127.0.0.1:8080:8080 -v sallyport:/data sallyport
#
# The root file system may be read-only. With SQLite everything is in /data.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o /out/sallyport . && mkdir -m 0700 /out/data

FROM scratch
# The authorities whose certificates PostgreSQL, Redis, mail servers and buckets may have.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/sallyport /sallyport
# A volume that is empty takes its owner from here.
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
# In a container 127.0.0.1 is reached by nobody else. HOST=:: is for networks with IPv6 alone.
ENV HOST=0.0.0.0 DATA_DIR=/data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["/sallyport", "healthcheck"]
ENTRYPOINT ["/sallyport"]
