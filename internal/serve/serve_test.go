package serve

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener within the test: its connections obey the clock of a
// synctest bubble, so that no test waits.
type pipes struct {
	dialled chan net.Conn
	once    sync.Once
	closed  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case connection := <-p.dialled:
		return connection, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p *pipes) dial(t *testing.T) net.Conn {
	t.Helper()
	client, server := net.Pipe()
	select {
	case p.dialled <- server:
	case <-p.closed:
		t.Fatal("nobody listens")
	}
	t.Cleanup(func() { client.Close() })
	if err := client.SetDeadline(time.Now().Add(time.Hour)); err != nil { // of a server that waits for ever
		t.Fatal(err)
	}
	return client
}

// started is the handler under [New] and [Until] with what the program runs
// with. Call it in a bubble.
func started(t *testing.T, handler http.HandlerFunc, log io.Writer) (listener *pipes, stop func(), ended <-chan error) {
	t.Helper()
	return delayed(t, handler, 0, log)
}

// delayed is started with a delay before the end.
func delayed(t *testing.T, handler http.HandlerFunc, delay time.Duration, log io.Writer) (listener *pipes, stop func(), ended <-chan error) {
	t.Helper()
	listener = &pipes{dialled: make(chan net.Conn), closed: make(chan struct{})}
	logger := slog.New(slog.NewTextHandler(log, nil))
	ctx, stop := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() {
		result <- Until(ctx, New(handler, Recommended, logger), listener, delay, logger)
		close(result)
	}()
	t.Cleanup(func() { stop(); <-result })
	return listener, stop, result
}

// Source: OWASP ASVS 13.2.6; docs/security/decisions.md has the times.
func TestServer_CutsOffWhoIsSlowInTime(t *testing.T) {
	const get, post = "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "POST / HTTP/1.1\r\nHost: x\r\n"
	for _, tt := range []struct {
		why, start, drip string // one drip a second
		want             time.Duration
	}{
		{"silent", "", "", 5 * time.Second},
		{"slow in the request line", "GET /", "x", 5 * time.Second},
		{"slow in the header", "GET / HTTP/1.1\r\nHost: x\r\nX: ", "x", 5 * time.Second},
		{"slow in the second header", get + "GET / HTTP/1.1\r\nX: ", "x", 5 * time.Second},
		{"slow in the body", post + "Content-Length: 1000\r\n\r\n", " ", 15 * time.Second},
		{"slow in chunks", post + "Transfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n", 15 * time.Second},
		{"idle after an answer", get, "", 120 * time.Second},
	} {
		t.Run(tt.why, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				listener, _, _ := started(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }, io.Discard)
				connection := listener.dial(t)
				began := time.Now()
				var sending sync.WaitGroup
				sending.Go(func() {
					for text := tt.start; text != ""; text = tt.drip {
						if _, err := io.WriteString(connection, text); err != nil {
							return
						}
						time.Sleep(time.Second) // of the bubble's clock
					}
				})
				_, err := io.Copy(io.Discard, connection)
				if took := time.Since(began); err != nil || took < tt.want || took > tt.want+time.Second {
					t.Errorf("cut off after %v, want %v: %v", took, tt.want, err)
				}
				connection.Close()
				sending.Wait()
			})
		})
	}
}

func TestServer_GivesUpOnWhoReadsNoAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gaveUp := make(chan time.Duration, 1)
		listener, _, _ := started(t, func(w http.ResponseWriter, r *http.Request) {
			began := time.Now()
			if _, err := w.Write(make([]byte, 1<<20)); err == nil {
				t.Error("an answer that nobody read was written")
			}
			gaveUp <- time.Since(began)
		}, io.Discard)
		if _, err := io.WriteString(listener.dial(t), "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		select {
		case took := <-gaveUp:
			if took != 30*time.Second {
				t.Errorf("after %v, want 30s", took)
			}
		case <-time.After(time.Hour):
			t.Error("it still waits")
		}
	})
}

func TestServer_BoundsTheHeader(t *testing.T) {
	for status, length := range map[int]int{http.StatusOK: 30 << 10, http.StatusRequestHeaderFieldsTooLarge: 40 << 10} {
		synctest.Test(t, func(t *testing.T) {
			listener, _, _ := started(t, func(http.ResponseWriter, *http.Request) {}, io.Discard)
			connection := listener.dial(t)
			go func() {
				_, _ = io.WriteString(connection, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX: "+strings.Repeat("x", length)+"\r\n\r\n")
			}()
			answer, err := http.ReadResponse(bufio.NewReader(connection), nil)
			if err != nil || answer.StatusCode != status {
				t.Errorf("a header of %d bytes: %v, %v; want %d", length, answer, err, status)
			}
		})
	}
}

func TestServer_ComplaintsGoToTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		listener, _, _ := started(t, func(http.ResponseWriter, *http.Request) { panic("of the handler") }, &log)
		connection := listener.dial(t)
		if _, err := io.WriteString(connection, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, connection)
		synctest.Wait()
		if said := log.String(); !strings.Contains(said, "level=WARN") || !strings.Contains(said, "of the handler") {
			t.Errorf("the log says %q", said)
		}
	})
}

func TestUntil_WaitsForTheRequestsInFlightButNotForEver(t *testing.T) {
	for _, tt := range []struct {
		works, waits time.Duration
		err          error
	}{
		{18 * time.Second, 18 * time.Second, nil},
		{time.Hour, 20 * time.Second, context.DeadlineExceeded}, // orchestrators kill after 30 s
	} {
		synctest.Test(t, func(t *testing.T) {
			begun := make(chan struct{})
			listener, stop, ended := started(t, func(w http.ResponseWriter, r *http.Request) {
				close(begun)
				select {
				case <-time.After(tt.works):
				case <-r.Context().Done(): // the client has hung up, when the test ends
				}
			}, io.Discard)
			connection := listener.dial(t)
			answered := make(chan error, 1)
			go func() {
				_, err := io.WriteString(connection, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
				if err == nil {
					_, err = http.ReadResponse(bufio.NewReader(connection), nil)
				}
				answered <- err
			}()
			<-begun
			stopped := time.Now()
			stop()
			err := <-ended
			if waited := time.Since(stopped); waited < tt.waits || waited > tt.waits+time.Second || !errors.Is(err, tt.err) { // it looks twice a second
				t.Errorf("a request of %v: waited %v, %v; want %v, %v", tt.works, waited, err, tt.waits, tt.err)
			}
			if tt.err == nil {
				if err := <-answered; err != nil {
					t.Errorf("the request in flight was not answered: %v", err)
				}
			}
			select {
			case <-listener.closed:
			default:
				t.Error("it still accepts connections")
			}
		})
	}
}
