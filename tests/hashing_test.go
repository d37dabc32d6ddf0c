package tests

import (
	"context"
	"net/http"
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
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.server.PlainURL+loginPath,
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
	if answer := harness.Read(t, response); answer.Code != "too_busy" || answer.Status != 503 || answer.Header.Get("Retry-After") == "" {
		s.other.Add(1)
	} else if s.refused.Add(1) == 1 {
		close(s.full)
	}
}

// A hash takes so long that the queue cannot empty during the test by itself.
func TestHashing_AStormFillsTheQueueAndHarmsNobodyElse(t *testing.T) {
	slow := password.Params{Memory: 64, Iterations: 10_000, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	server := harness.StartHashing(t, slow)
	ada := signedUp(t, server)
	s := storm{server: server}
	s.begin(t, 1000)
	select {
	case <-s.full:
	case <-time.After(30 * time.Second):
		t.Fatal("1000 sign-ins at once, and none was refused")
	}

	ada.Get(currentUser).Want(t, 200, "")
	ada.Post(refreshPath, "").Want(t, 200, "")
	ada.Get("/healthz").Want(t, 200, "")
	busy := server.Client(t).Post(loginPath, harness.AdaLogin).Want(t, 503, "too_busy")
	if busy.Header.Get("Retry-After") != "2" || len(busy.Header.Values("Set-Cookie")) > 0 {
		t.Errorf("%v", busy.Header)
	}

	s.cancel() // whoever waited goes away, and their places are free at once
	<-s.ended
	if waited := wait(t, func() bool { return server.Client(t).Post(loginPath, harness.AdaLogin).Status == 200 }); waited > 20*time.Second {
		t.Errorf("the next sign-in waited %v behind clients that had gone", waited)
	}
	if n := strings.Count(server.Log.String(), `"level":"ERROR"`); n > 0 {
		t.Errorf("%d errors in the log; a client that goes away is none", n)
	}
	t.Logf("%d refused, %d answered otherwise", s.refused.Load(), s.other.Load())
}

// wait repeats until the condition holds and returns how long that took.
func wait(t *testing.T, condition func() bool) time.Duration {
	t.Helper()
	for started := time.Now(); ; time.Sleep(20 * time.Millisecond) { // the server notices a closed connection when it does
		if condition() {
			return time.Since(started)
		}
		if time.Since(started) > time.Minute {
			t.Fatal("it never happens")
		}
	}
}
