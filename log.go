package main

import (
	"bufio"
	"io"
	"log/slog"
	"sync"
	"time"

	"sallyport/config"
	"sallyport/internal/logs"
	"sallyport/middleware"
)

func newLogger(cfg config.Config, w io.Writer) *slog.Logger {
	return slog.New(middleware.LogLines(logs.New(w, logs.Options{Format: cfg.LogFormat, Level: cfg.LogLevel, Color: cfg.LogColor})))
}

const (
	flushEvery = 100 * time.Millisecond // the longest a request's line waits
	flushAt    = 32 << 10               // bytes that are written without waiting
)

// requestLog returns where the lines of requests go. In a log that programs read
// many are written at once: a system call for each is 6 % of current-user.
// Security events are not among them, and are written when they happen. end
// writes what is left, and is called once.
func requestLog(cfg config.Config, w io.Writer) (log io.Writer, end func() error) {
	if cfg.LogFormat != logs.JSON {
		return w, func() error { return nil }
	}
	b := &bufferedLog{to: w, lines: bufio.NewWriterSize(w, flushAt), ended: make(chan struct{})}
	go b.flushOften()
	return b, b.end
}

// bufferedLog is a writer of whole lines. It is safe for concurrent use.
type bufferedLog struct {
	mu    sync.Mutex
	to    io.Writer
	lines *bufio.Writer
	ended chan struct{}
}

// Write implements io.Writer. The error is of writing earlier lines.
func (b *bufferedLog) Write(line []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(line) > b.lines.Available() {
		_ = b.flushLocked() // so that no line is cut in two
	}
	return b.lines.Write(line)
}

func (b *bufferedLog) flushOften() {
	ticker := time.NewTicker(flushEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			_ = b.flush() // there is nowhere else to report it
		case <-b.ended:
			return
		}
	}
}

func (b *bufferedLog) end() error {
	close(b.ended)
	return b.flush()
}

func (b *bufferedLog) flush() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.flushLocked()
}

// flushLocked drops lines that cannot be written: a full disk must not fill the
// memory too, nor end the log for good.
func (b *bufferedLog) flushLocked() error {
	err := b.lines.Flush()
	if err != nil {
		b.lines.Reset(b.to)
	}
	return err
}
