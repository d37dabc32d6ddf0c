package harness

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Visitors send requests until they leave: each asks who is signed in, refreshes,
// and begins again.
type Visitors struct {
	leave  chan struct{}
	all    sync.WaitGroup
	served atomic.Int64
	mu     sync.Mutex
	failed []string
}

// Visit signs n of them up at the front, each through a client of its own, and lets
// them begin.
func Visit(t *testing.T, front string, client func() *http.Client, n int) *Visitors {
	t.Helper()
	v := &Visitors{leave: make(chan struct{})}
	for i := range n {
		api := NewAPI(t, front, client())
		tokens := api.SignUp(fmt.Sprintf("visitor%d", i))
		v.all.Go(func() {
			for tick := time.Tick(10 * time.Millisecond); ; { // two cores serve other tests too
				select {
				case <-v.leave:
					return
				case <-tick:
					tokens = v.once(t, api, tokens)
				}
			}
		})
	}
	return v
}

func (v *Visitors) once(t *testing.T, api *API, tokens Tokens) Tokens {
	answer, err := api.Try(api.HTTP, "GET", CurrentUserPath, tokens.Access, "")
	if v.count(answer, err); err != nil {
		return tokens
	}
	answer, err = api.Try(api.HTTP, "POST", RefreshPath, "", RefreshBody(tokens.Refresh))
	if v.count(answer, err) {
		return answer.Tokens(t)
	}
	return tokens
}

func (v *Visitors) count(answer Answer, err error) (served bool) {
	if err == nil && answer.Status == http.StatusOK {
		v.served.Add(1)
		return true
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.failed = append(v.failed, fmt.Sprintf("%d %s: %v", answer.Status, answer.Raw, err))
	return false
}

// AwaitServed waits for n more requests.
func (v *Visitors) AwaitServed(t *testing.T, n int64) {
	t.Helper()
	before := v.served.Load()
	Await(t, func() error {
		if more := v.served.Load() - before; more < n {
			return fmt.Errorf("%d requests were answered, want %d", more, n)
		}
		return nil
	})
}

// WantNoneFailed ends the visit.
func (v *Visitors) WantNoneFailed(t *testing.T) {
	t.Helper()
	close(v.leave)
	v.all.Wait()
	if len(v.failed) > 0 {
		t.Errorf("%d of %d requests failed: %.500s", len(v.failed), v.served.Load(), v.failed)
	}
}
