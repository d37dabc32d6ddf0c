package journeys

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sallyport/auth/password"
	"sallyport/tests/harness"
)

// storm sends sign-ins of nobody until cancelled, and counts the answers.
type storm struct {
	server  *harness.Server
	cancel  context.CancelFunc
	refused atomic.Int64 // 503 with Retry-After and too_busy
	other   atomic.Int64
	ended   chan struct{}
	full    chan struct{} // closed at the first refusal
}

// begin sends this many sign-ins at once; each waits for its answer.
func (s *storm) begin(t *testing.T, requests int) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	s.cancel, s.ended, s.full = cancel, make(chan struct{}), make(chan struct{})
	client := &http.Client{Transport: &http.Transport{}}
	done := make(chan struct{}, requests)
	for range requests {
		go func() {
			defer func() { done <- struct{}{} }()
			s.send(t, ctx, client)
		}()
	}
	go func() {
		for range requests {
			<-done
		}
		close(s.ended)
	}()
}

func (s *storm) send(t *testing.T, ctx context.Context, client *http.Client) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.server.PlainURL+harness.LoginPath,
		strings.NewReader(`{"username":"nobody","password":"of no importance"}`))
	if err != nil {
		t.Error(err)
		return
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := client.Do(r)
	if err != nil {
		return // cancelled
	}
	defer response.Body.Close()
	answer := harness.Read(t, response)
	if busy := answer.Status == 503 && answer.Code == "too_busy"; !busy || answer.Header.Get("Retry-After") != "2" || len(answer.Cookies()) > 0 {
		s.other.Add(1)
	} else if s.refused.Add(1) == 1 {
		close(s.full)
	}
}

// A hash takes so long that the queue fills faster than it empties.
func TestHashing_AStormFillsTheQueueAndHarmsNobodyElse(t *testing.T) {
	slow := password.Params{Memory: 64, Iterations: 5_000, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	server := harness.StartHashing(t, slow)
	ada := server.SignUp(t, "ada")
	started := time.Now()
	server.Client(t).Login("ada", harness.Password).Want(t, 200, "")
	oneHash := time.Since(started)
	s := storm{server: server}
	s.begin(t, 2*65*runtime.GOMAXPROCS(0)) // of each core, one is hashed and 64 wait
	select {
	case <-s.full:
	case <-s.ended:
		t.Fatal("twice as many sign-ins at once as may wait, and none was refused")
	}

	ada.CurrentUser().Want(t, 200, "")
	ada.Refresh().Want(t, 200, "")
	ada.Get("/healthz").Want(t, 200, "")

	s.cancel() // whoever waited goes away, and their places are free at once
	<-s.ended
	left := time.Now()
	harness.Await(t, func() error { // the server notices a closed connection when it does
		if answer := server.Client(t).Login("ada", harness.Password); answer.Status != 200 {
			return errors.New(answer.Raw)
		}
		return nil
	})
	waited := time.Since(left)
	if waited > 30*oneHash { // a queue of clients that have gone would take 64
		t.Errorf("the next sign-in waited %v, and a hash takes %v", waited, oneHash)
	}
	if n := strings.Count(server.Log.String(), `"level":"ERROR"`); n > 0 {
		t.Errorf("%d errors in the log; a client that goes away is none", n)
	}
	if s.refused.Load() == 0 || s.other.Load() > s.refused.Load() {
		t.Errorf("%d refused, %d answered otherwise", s.refused.Load(), s.other.Load())
	}
	t.Logf("a hash takes %v; the next sign-in waited %v; %d refused, %d answered otherwise", oneHash, waited, s.refused.Load(), s.other.Load())
}
