package frontends

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"sallyport/tests/harness"
)

// streams are the EventSources and WebSockets that are open, by path.
type streams struct {
	server *harness.Server
	mu     sync.Mutex
	open   map[string]context.CancelFunc
	opened map[string]int
}

// serve opens a stream for whoever has a live access token.
func (s *streams) serve(w http.ResponseWriter, r *http.Request) {
	ask := httptest.NewRequest(http.MethodGet, harness.CurrentUserPath, nil)
	ask.Header.Set("Cookie", r.Header.Get("Cookie"))
	answer := httptest.NewRecorder()
	s.server.Handler.ServeHTTP(answer, ask)
	if answer.Code != http.StatusOK {
		w.WriteHeader(answer.Code)
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	s.count(r.URL.Path, cancel)
	defer s.count(r.URL.Path, nil)
	if key := r.Header.Get("Sec-WebSocket-Key"); key != "" {
		socket(ctx, w, key)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	fmt.Fprint(w, ": open\n\n")
	w.(http.Flusher).Flush()
	<-ctx.Done()
}

// socket answers the handshake of RFC 6455 §4.2.2 and keeps the connection until the
// browser or the test closes it.
func socket(ctx context.Context, w http.ResponseWriter, key string) {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	connection, buffered, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer connection.Close()
	fmt.Fprintf(buffered, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n", base64.StdEncoding.EncodeToString(sum[:]))
	if err := buffered.Flush(); err != nil {
		return
	}
	gone := make(chan struct{})
	go func() { defer close(gone); _, _ = bufio.NewReader(connection).ReadByte() }() // the browser sends only its farewell
	select {
	case <-gone:
	case <-ctx.Done():
	}
}

func (s *streams) count(path string, cancel context.CancelFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if cancel == nil {
		delete(s.open, path)
		return
	}
	s.open[path] = cancel
	s.opened[path]++
}

// await waits until so many streams are open, each opened so many times.
func (s *streams) await(t *testing.T, open, times int) {
	t.Helper()
	harness.Await(t, func() error {
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.open) == open && s.opened["/live/events"] == times && s.opened["/live/socket"] == times {
			return nil
		}
		return fmt.Errorf("%d streams are open; opened: %v", len(s.open), s.opened)
	})
}

// interrupt closes all streams at the server.
func (s *streams) interrupt() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, cancel := range s.open {
		cancel()
	}
}

func TestFrontends_StreamsRenewBeforeTheyConnectAndCloseAtSignOut(t *testing.T) {
	t.Parallel()
	s := start(t)
	live := &streams{server: s.server, open: map[string]context.CancelFunc{}, opened: map[string]int{}}
	s.front.Handle("/live/events", live.serve)
	s.front.Handle("/live/socket", live.serve)
	s.open("live")
	live.await(t, 2, 1)
	s.front.Exchanges()

	s.server.Clock.Advance(pastExpiry)
	s.do("expire")
	live.interrupt()
	live.await(t, 2, 2)
	s.wantSteps("refresh-token 200")

	s.do("leave")
	live.await(t, 0, 2)
}
