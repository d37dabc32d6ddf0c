package browser

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sallyport/tests/harness"
)

func TestClient_AnAnswerLostAfterTheRotationIsAskedForAnHourLater(t *testing.T) {
	t.Parallel()
	server, front := withClient(t)
	tab := harness.Chromium(t)
	openClient(tab, front, "")
	signIn(t, tab, "ada")
	server.Clock.Advance(16 * time.Minute)

	var mu sync.Mutex
	lost := map[string]bool{} // the refresh tokens in answers that never arrived
	front.Handle(harness.RefreshPath, func(_ http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		server.Handler.ServeHTTP(answer, r)
		for _, cookie := range answer.Result().Cookies() {
			if cookie.Name == "refreshToken" {
				mu.Lock()
				lost[cookie.Value] = true
				mu.Unlock()
			}
		}
		panic(http.ErrAbortHandler) // cuts the connection
	})
	if got := do(tab, currentUser); got != "network_error" {
		t.Errorf("while answers are lost: %s", got)
	}
	front.Handle(harness.RefreshPath, nil)
	server.Clock.Advance(time.Hour)
	front.Exchanges()
	if got := do(tab, currentUser); got != "200" {
		t.Errorf("an hour later: %s", got)
	}
	seen := front.Exchanges()
	for _, e := range seen {
		if e.Path == harness.RefreshPath && !lost[e.Refresh] {
			t.Errorf("the retry did not get the successor that was lost")
		}
	}
	if len(lost) != 1 || harness.Rotations(seen) != 1 {
		t.Errorf("%d successors were lost, %d came: %s", len(lost), harness.Rotations(seen), harness.Steps(seen))
	}
	if got := tab.Text(events); got != "signedIn, refreshed" {
		t.Errorf("events: %s", got)
	}
}

// unavailable is the program's answer when it is too busy; the header is set before.
func unavailable(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = io.WriteString(w, `{"statusCode":503,"success":false,"message":"busy","data":null,"code":"overloaded","errors":[],"requestId":"r"}`)
}

func TestClient_AFailureOfTheRefreshKeepsTheSession(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why, code string
		fail      func(http.ResponseWriter)
	}{
		{"a connection that is cut", "network_error", func(http.ResponseWriter) { panic(http.ErrAbortHandler) }},
		{"503", "overloaded", unavailable},
		{"a proxy's page with 502", "unexpected_answer", func(w http.ResponseWriter) { http.Error(w, "<h1>Bad Gateway</h1>", http.StatusBadGateway) }},
		{"a proxy's page with 401", "token_expired", // of the request itself
			func(w http.ResponseWriter) { http.Error(w, "<h1>Unauthorized</h1>", http.StatusUnauthorized) }},
	} {
		t.Run(tt.why, func(t *testing.T) {
			t.Parallel()
			server, front := withClient(t)
			tab := harness.Chromium(t)
			openClient(tab, front, "")
			signIn(t, tab, "ada")
			server.Clock.Advance(16 * time.Minute)
			front.Handle(harness.RefreshPath, func(w http.ResponseWriter, _ *http.Request) { tt.fail(w) })
			if got := do(tab, `client.api.currentUser()`); got != tt.code {
				t.Errorf("while it fails: %s", got)
			}
			if got := tab.Text(`client.mayBeSignedIn() + " " + ` + events); got != "true signedIn" {
				t.Errorf("meanwhile: %s", got)
			}
			front.Handle(harness.RefreshPath, nil)
			if got := do(tab, currentUser); got != "200" {
				t.Errorf("the next request: %s", got)
			}
			if got := tab.Text(events); got != "refreshed" {
				t.Errorf("events: %s", got)
			}
		})
	}
}

func TestClient_ObeysRetryAfterOfTheRefresh(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why, seconds, want string
	}{
		{"soon: the request waits and succeeds", "1", "200"},
		{"later than anybody waits: no second refresh is sent", "3600", "overloaded"},
	} {
		t.Run(tt.why, func(t *testing.T) {
			t.Parallel()
			server, front := withClient(t)
			tab := harness.Chromium(t)
			openClient(tab, front, "")
			signIn(t, tab, "ada")
			server.Clock.Advance(16 * time.Minute)
			var refused atomic.Int32
			front.Handle(harness.RefreshPath, func(w http.ResponseWriter, _ *http.Request) {
				refused.Add(1)
				w.Header().Set("Retry-After", tt.seconds)
				if tt.want == "200" {
					front.Handle(harness.RefreshPath, nil)
				}
				unavailable(w)
			})
			for range 2 {
				if got := do(tab, currentUser); got != tt.want {
					t.Errorf("%s, want %s", got, tt.want)
				}
			}
			if n := refused.Load(); n != 1 {
				t.Errorf("%d refreshes were refused", n)
			}
			if got := tab.Text("String(client.mayBeSignedIn())"); got != "true" {
				t.Errorf("signed in: %s", got)
			}
		})
	}
}
