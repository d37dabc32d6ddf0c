package main

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"sallyport/config"
	"sallyport/internal/serve"
)

// opsLimits leave time for a profile of minutes.
var opsLimits = serve.Limits{Header: 5 * time.Second, Request: 15 * time.Second, Answer: 10 * time.Minute, Idle: 2 * time.Minute, Bytes: 32 << 10}

// beginOps serves the handler to operators until end is called; nil is not served.
func beginOps(c config.Ops, handler http.Handler, log *slog.Logger) (end func(), err error) {
	if handler == nil {
		return func() {}, nil
	}
	listener, err := net.Listen("tcp", c.Addr)
	if err != nil && c.Named {
		return nil, fmt.Errorf("OPS_ADDR: %w; use another address, as 127.0.0.1:9191, or off", err)
	}
	if err != nil {
		log.Warn("there are no metrics: OPS_ADDR is not set and its default cannot be used; set another address, as 127.0.0.1:9191, or off", slog.Any("error", err))
		return func() {}, nil
	}
	log.Info("metrics at /metrics, profiles at /debug/pprof/", slog.String("address", listener.Addr().String()))
	server := serve.New(handler, opsLimits, log)
	go func() { _ = server.Serve(listener) }()
	return func() { _ = server.Close() }, nil
}
