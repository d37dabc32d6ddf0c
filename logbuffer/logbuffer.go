// Package logbuffer gathers log lines and writes many at once: one system call
// for each answered request would be a tenth of what the request costs. Most
// callers need [New] and [Buffer.Close]. It imports no other package of the
// program.
package logbuffer

import (
	"io"
	"sync"
	"time"
)

const (
	interval = 100 * time.Millisecond // the longest a line waits; a person at a terminal does not notice
	full     = 32 << 10               // bytes that are written without waiting
)

// Buffer is a writer of whole lines. It is safe for concurrent use. What it
// holds is lost when the process is killed, so it is for lines that tell of
// traffic, not for security events.
type Buffer struct {
	mu    sync.Mutex
	lines []byte
	to    io.Writer
	flush *time.Timer // set to fire while lines wait
	after time.Duration
}

// New returns a buffer in front of w.
func New(w io.Writer) *Buffer {
	b := &Buffer{to: w, after: interval, lines: make([]byte, 0, 2*full)}
	b.flush = time.AfterFunc(interval, b.timeout)
	return b
}

// Write implements io.Writer. The error is of writing earlier lines; they are
// dropped then, as a full disk must not fill the memory too.
func (b *Buffer) Write(line []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.lines) == 0 {
		b.flush.Reset(b.after)
	}
	b.lines = append(b.lines, line...)
	if len(b.lines) >= full {
		return len(line), b.writeOut()
	}
	return len(line), nil
}

// Close writes what waits. Lines may still be written afterwards; the next
// Close or the interval takes them out.
func (b *Buffer) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.writeOut()
}

func (b *Buffer) timeout() {
	b.mu.Lock()
	defer b.mu.Unlock()
	_ = b.writeOut() // there is nowhere else to say it
}

func (b *Buffer) writeOut() error {
	b.flush.Stop()
	if len(b.lines) == 0 {
		return nil
	}
	_, err := b.to.Write(b.lines)
	b.lines = b.lines[:0]
	return err
}
