// Package serve runs a handler as an HTTP server that slow, silent and greedy
// clients cannot hold up, and stops it without cutting anybody off. Most
// callers need [New] and [Until]. It is a leaf: it imports nothing of this
// program.
package serve

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Limits bounds what one connection may take. Zero fields are no limit.
// Source: OWASP ASVS 13.1.2, 13.2.6.
type Limits struct {
	Header  time.Duration // for a request's header; counted from the start on a new connection
	Request time.Duration // for the whole request, header and body
	Answer  time.Duration // from the end of the header to the last byte of the answer
	Idle    time.Duration // between two requests of a connection
	Bytes   int           // of a request's header; net/http adds 4 KB
}

// Recommended is what the program runs with.
var Recommended = Limits{
	Header:  5 * time.Second,
	Request: 15 * time.Second,  // 16 KB on a bad mobile connection
	Answer:  30 * time.Second,  // a queued password hash included
	Idle:    120 * time.Second, // longer than a proxy keeps a connection, so that the proxy closes first
	Bytes:   32 << 10,
}

const drain = 20 * time.Second // orchestrators kill after 30

// New returns a server of the handler. What net/http has to complain about
// goes to the log. It speaks plain HTTP unless its TLSConfig is set before
// [Until].
func New(handler http.Handler, limits Limits, log *slog.Logger) *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true) // no HTTP/2: before Go 1.26.9 a client can crash its server (GO-2026-6617)
	return &http.Server{
		Handler:           handler,
		Protocols:         protocols,
		ReadHeaderTimeout: limits.Header,
		ReadTimeout:       limits.Request,
		WriteTimeout:      limits.Answer,
		IdleTimeout:       limits.Idle,
		MaxHeaderBytes:    limits.Bytes,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// Until serves until ctx ends, then stops accepting and waits for the requests
// in flight, 20 seconds at most.
func Until(ctx context.Context, server *http.Server, listener net.Listener, log *slog.Logger) error {
	failed := make(chan error, 1)
	go func() {
		if server.TLSConfig != nil {
			failed <- server.ServeTLS(listener, "", "")
			return
		}
		failed <- server.Serve(listener)
	}()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	log.Info("stopping: no new requests, waiting for those in flight", slog.String("event", "stopping"))
	limited, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	return server.Shutdown(limited)
}
