package harness

import (
	"bytes"
	"cmp"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Front is a server that has the pages of a test in front of the program, on one
// origin of localhost. It records what the program answers.
type Front struct {
	URL       string
	server    *Server
	mu        sync.Mutex
	before    map[string]http.Handler // by path
	exchanges []Exchange
	held      map[string]*hold // by path
}

// hold keeps answers back until none is missing.
type hold struct {
	missing int
	release chan struct{}
}

// Front serves the program behind what is added, over plain HTTP.
func (s *Server) Front(t testing.TB) *Front {
	t.Helper()
	f, listening := s.front(t)
	listening.Start()
	f.URL = strings.Replace(listening.URL, "127.0.0.1", "localhost", 1)
	return f
}

// FrontTLS is [Server.Front] over HTTP/2, in which Chromium sends more than six
// requests at the same time. The page needs [Page.IgnoreCertificates].
func (s *Server) FrontTLS(t testing.TB) *Front {
	t.Helper()
	f, listening := s.front(t)
	listening.EnableHTTP2 = true
	listening.StartTLS()
	f.URL = strings.Replace(listening.URL, "127.0.0.1", "localhost", 1)
	return f
}

func (s *Server) front(t testing.TB) (*Front, *httptest.Server) {
	t.Helper()
	f := &Front{server: s, before: map[string]http.Handler{}, held: map[string]*hold{}}
	listening := httptest.NewUnstartedServer(f)
	listening.Config.ErrorLog = log.New(io.Discard, "", 0) // Chromium tries a certificate before it ignores it
	t.Cleanup(listening.Close)
	return f, listening
}

// Add adds a file.
func (f *Front) Add(path string, content []byte) {
	f.Handle(path, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("Content-Type", contentType(path))
		_, _ = w.Write(content)
	})
}

// Handle adds a handler for one path; nil gives it back to the program. What it
// answers is not recorded.
func (f *Front) Handle(path string, handler http.HandlerFunc) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.before, path)
	if handler != nil {
		f.before[path] = handler
	}
}

// ServeHTTP implements http.Handler.
func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	handler := f.before[r.URL.Path]
	f.mu.Unlock()
	if handler != nil {
		handler.ServeHTTP(w, r)
		return
	}
	copied := &copied{ResponseWriter: w}
	f.server.Handler.ServeHTTP(copied, r)
	if release := f.record(r, copied); release != nil {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}
	w.WriteHeader(cmp.Or(copied.status, http.StatusOK))
	_, _ = io.Copy(w, &copied.body)
}

// contentType is that of a page where the path has no known ending: the tables of
// systems differ.
func contentType(path string) string {
	switch {
	case strings.HasSuffix(path, ".js"):
		return "text/javascript; charset=utf-8"
	case strings.HasSuffix(path, ".css"):
		return "text/css; charset=utf-8"
	default:
		return "text/html; charset=utf-8"
	}
}

// record returns what the answer has to wait for, or nil.
func (f *Front) record(r *http.Request, answer *copied) <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.exchanges = append(f.exchanges, exchanged(r, answer))
	held := f.held[r.URL.Path]
	if held == nil {
		return nil
	}
	if held.missing--; held.missing == 0 {
		delete(f.held, r.URL.Path)
		close(held.release)
	}
	return held.release
}

// Hold keeps the next n answers to a path back until all n are there.
func (f *Front) Hold(path string, n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.held[path] = &hold{n, make(chan struct{})}
}

// Exchanges returns what was recorded since the last call, the oldest first.
func (f *Front) Exchanges() []Exchange {
	f.mu.Lock()
	defer f.mu.Unlock()
	recorded := f.exchanges
	f.exchanges = nil
	return recorded
}

// Peek returns what was recorded since the last call of Exchanges, and leaves it there.
func (f *Front) Peek() []Exchange {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.exchanges)
}

// copied keeps an answer until it may be sent.
type copied struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

// WriteHeader implements http.ResponseWriter.
func (c *copied) WriteHeader(status int) { c.status = status }

// Write implements http.ResponseWriter.
func (c *copied) Write(p []byte) (int, error) { return c.body.Write(p) }

// Unwrap lets the program set the deadlines of the connection.
func (c *copied) Unwrap() http.ResponseWriter { return c.ResponseWriter }
