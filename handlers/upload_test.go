package handlers

import (
	"bufio"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"

	"sallyport/account"
	"sallyport/internal/serve"
	"sallyport/middleware"
)

// pipe is a listener with one connection, which obeys the clock of a synctest
// bubble.
type pipe struct {
	connection chan net.Conn
	closed     chan struct{}
	once       sync.Once
}

func (p *pipe) Accept() (net.Conn, error) {
	select {
	case c := <-p.connection:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipe) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipe) Addr() net.Addr { return &net.TCPAddr{} }

// sendSlowly sends a form of so many bytes, one each second, to a route that takes
// files, and returns the status of the answer and when it came.
func sendSlowly(t *testing.T, contentType string, bytes int) (status int, took time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		gin.SetMode(gin.ReleaseMode)
		log, engine, api := slog.New(slog.DiscardHandler), gin.New(), New(Options{})
		engine.Use(middleware.Errors(log))
		engine.POST("/", middleware.AllowUpload(uploads, MaxBody), middleware.Handler(func(c *gin.Context) error {
			if !middleware.IsMultipart(c.Request) {
				_, err := readBody(c)
				return err
			}
			_, err := api.bindForm(c, []account.Picture{account.Avatar})
			return err
		}))
		listener := &pipe{connection: make(chan net.Conn, 1), closed: make(chan struct{})}
		server := serve.New(engine, serve.Recommended, log)
		client, ours := net.Pipe()
		listener.connection <- ours
		var running sync.WaitGroup
		defer running.Wait()
		defer server.Close()
		defer client.Close()
		running.Go(func() { _ = server.Serve(listener) })

		began := time.Now()
		running.Go(func() {
			text := "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\nContent-Type: " + contentType + "\r\n\r\n"
			for i := 0; i <= bytes; i++ {
				if _, err := io.WriteString(client, text); err != nil {
					return
				}
				time.Sleep(time.Second) // of the bubble's clock
				text = "-"
			}
			_, _ = io.WriteString(client, strings.Repeat("-", 1000-bytes))
		})
		answer, err := http.ReadResponse(bufio.NewReader(client), nil)
		if err != nil {
			t.Fatalf("no answer after %v: %v", time.Since(began), err)
		}
		status, took = answer.StatusCode, time.Since(began)
	})
	return status, took
}

func TestAllowUpload_ASlowFormHasAMinuteAndIsToldSo(t *testing.T) {
	const form = "multipart/form-data; boundary=x"
	if status, took := sendSlowly(t, form, 500); status != http.StatusRequestTimeout || took != time.Minute {
		t.Errorf("a form that takes too long: %d after %v", status, took)
	}
	if status, took := sendSlowly(t, form, 50); status != http.StatusBadRequest || took < 50*time.Second {
		t.Errorf("a slow form that holds no part: %d after %v", status, took)
	}
	if _, took := sendSlowly(t, jsonType, 500); took != 15*time.Second {
		t.Errorf("another body is given %v", took)
	}
}
