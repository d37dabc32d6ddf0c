package harness

import (
	"context"
	"net/http"
	"sync"
	"testing"
)

// Statements looks at every statement that the instances of a server send to
// their database for a request. What they do without one, as the poll of news does,
// would come at any time.
type Statements struct {
	mu      sync.Mutex
	count   int
	hold    int // the number of the statement to hold, 0 for none
	reached chan struct{}
	release chan struct{}
}

// Statements begins to look. Call it once, before the first request.
func (s *Server) Statements(t testing.TB) *Statements {
	t.Helper()
	st := &Statements{}
	for _, store := range s.stores() {
		if err := store.OnStatement(st.ran); err != nil {
			t.Fatal(err)
		}
	}
	return st
}

// Count is how many there have been.
func (s *Statements) Count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}

// During makes what between does happen in the middle of a call: behind the
// call's n-th statement, which has run and whose rows the program has not seen.
// It returns when both are done, and fails the test when there are fewer.
func (s *Statements) During(t testing.TB, call func(), n int, between func()) {
	t.Helper()
	reached, release := make(chan struct{}), make(chan struct{})
	s.mu.Lock()
	s.hold, s.reached, s.release = s.count+n, reached, release
	s.mu.Unlock()
	done := make(chan struct{})
	go func() { defer close(done); call() }()
	defer func() { close(release); <-done }() // also where between ends the test
	select {
	case <-reached:
		between()
	case <-done:
		t.Error("the call was over before its statement")
	}
}

func (s *Statements) ran(ctx context.Context) {
	if ctx.Value(http.ServerContextKey) == nil {
		return
	}
	s.mu.Lock()
	s.count++
	held := s.count == s.hold
	reached, release := s.reached, s.release
	s.mu.Unlock()
	if held {
		close(reached)
		<-release
	}
}
