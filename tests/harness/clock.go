package harness

import (
	"bytes"
	"sync"
	"testing"
	"time"
)

// Clock is the time as the program sees it. It starts at the real time and
// only [Clock.Advance] moves it.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock that shows the real time of this moment.
func NewClock() *Clock { return &Clock{now: time.Now().UTC()} }

// Now returns what the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Log collects what the program logs.
type Log struct {
	mu    sync.Mutex
	bytes bytes.Buffer
}

// Write implements io.Writer.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bytes.Write(p)
}

// String returns everything logged so far.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bytes.String()
}

// longestWait is for a process that starts or ends on a busy machine.
const longestWait = 30 * time.Second

// Await asks for the condition again and again until it is nil, and fails the
// test when that takes too long. It is for what another process does: there is
// no clock to inject.
func Await(t testing.TB, condition func() error) {
	t.Helper()
	if err := await(condition); err != nil {
		t.Fatal(err)
	}
}

func await(condition func() error) error {
	for deadline := time.Now().Add(longestWait); ; time.Sleep(5 * time.Millisecond) {
		if err := condition(); err == nil || time.Now().After(deadline) {
			return err
		}
	}
}

// Together makes all calls at the same moment and returns when all have ended.
func Together(calls ...func()) {
	var running sync.WaitGroup
	begin := make(chan struct{})
	for _, call := range calls {
		running.Go(func() { <-begin; call() })
	}
	close(begin)
	running.Wait()
}

// Times is n calls of f, from f(0) to f(n-1), for [Together].
func Times(n int, f func(i int)) (calls []func()) {
	for i := range n {
		calls = append(calls, func() { f(i) })
	}
	return calls
}
