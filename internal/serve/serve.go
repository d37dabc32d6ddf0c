// Package serve runs an HTTP server with limits for slow, idle and large
// requests, and stops it after the requests in flight are answered. Most callers
// need [New] and [Until]. It imports no other package of the program.
package serve

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Limits are the limits of one connection. A zero field is no limit.
// Source: OWASP ASVS 13.1.2, 13.2.6.
type Limits struct {
	Header  time.Duration // for a request's header; on a new connection from its start
	Request time.Duration // for the whole request, header and body
	Answer  time.Duration // from the end of the header to the last byte of the answer
	Idle    time.Duration // between two requests of a connection
	Bytes   int           // of a request's header; net/http allows 4 KB more
}

// Recommended are the limits of the program.
var Recommended = Limits{
	Header:  5 * time.Second,
	Request: 15 * time.Second,  // 16 KB on a bad mobile connection
	Answer:  30 * time.Second,  // with the wait for a password hash
	Idle:    120 * time.Second, // longer than a proxy's, so that the proxy closes first
	Bytes:   32 << 10,
}

const drain = 20 * time.Second // orchestrators kill the process after 30

// New returns a server for the handler. Errors of net/http are logged at level
// warn. Set its TLSConfig before [Until] for HTTPS; without it the server speaks
// plain HTTP.
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

// Until serves until ctx ends, and for delay after that, in which load balancers
// learn that this server stops. Then it accepts no more connections and waits for
// the requests in flight, 20 seconds at most. It returns an error if serving
// fails or the 20 seconds are over.
func Until(ctx context.Context, server *http.Server, listener net.Listener, delay time.Duration, log *slog.Logger) error {
	server.Handler = closing(ctx, server.Handler)
	failed := make(chan error, 1)
	go func() {
		if server.TLSConfig != nil {
			failed <- server.ServeTLS(listener, "", "")
			return
		}
		failed <- server.Serve(&plain{Listener: listener, log: log})
	}()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	log.Info("stopping: not ready any more; answering for the delay, then only what is in flight",
		slog.String("event", "stopping"), slog.String("delay", delay.String()))
	select {
	case err := <-failed:
		return err
	case <-time.After(delay):
	}
	limited, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	return server.Shutdown(limited)
}

// closing asks clients to close their connection with the first answer after the
// end of ctx. Idle connections stay open: a proxy may be sending a request on one,
// and would not know whether that was read.
func closing(ctx context.Context, handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if ctx.Err() != nil {
			w.Header().Set("Connection", "close")
		}
		handler.ServeHTTP(w, r)
	})
}
