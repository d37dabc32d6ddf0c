package attacks

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"sallyport/tests/harness"
)

// leaving are the ways to go away from a refresh when ctx ends. Each returns
// whether the answer came all the same.
var leaving = map[string]func(ctx context.Context, t *testing.T, server *harness.Server, token string) (answered bool){
	"giving up": func(ctx context.Context, t *testing.T, server *harness.Server, token string) bool {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, server.PlainURL+harness.RefreshPath, nil)
		if err != nil {
			t.Error(err)
			return false
		}
		r.Header.Set("Cookie", "refreshToken="+token)
		response, err := http.DefaultClient.Do(r)
		if err == nil {
			response.Body.Close()
		}
		return err == nil
	},
	"hanging up": func(ctx context.Context, t *testing.T, server *harness.Server, token string) bool {
		connection := harness.Dial(t, server.Address())
		defer context.AfterFunc(ctx, func() { connection.Close() })()
		_, _ = io.WriteString(connection, harness.RawRequest("POST", harness.RefreshPath, "Content-Length: 0", "Cookie: refreshToken="+token))
		n, _ := connection.Read(make([]byte, 1))
		return n > 0
	},
}

// The client goes away ever later in the request: before the server has read
// it, while it works, after it has answered.
func TestAttack43_ClientGoneMidRefresh(t *testing.T) {
	const (
		rounds = 30
		step   = 200 * time.Microsecond // the last ones leave 6 ms after the request
	)
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		ada := server.SignUp(t, "ada")
		early, late := 0, 0 // no answer came, and the token was not rotated yet, or was
		for i := range rounds {
			for _, leave := range leaving {
				before := server.User(t, "ada").SessionsVersion
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*step)
				answered := leave(ctx, t, server, ada.Cookie("refreshToken"))
				cancel()
				switch rotated := server.User(t, "ada").SessionsVersion != before; {
				case answered:
				case rotated:
					late++
				default:
					early++
				}
				wantGoesOn(t, server, ada)
			}
		}
		if t.Logf("of %d clients %d left before the rotation and %d before the answer", len(leaving)*rounds, early, late); early == 0 {
			t.Error("none left before the rotation")
		}
	})
}

// The client has certainly gone when the token is rotated and not yet answered.
func TestAttack43_ClientGoneBetweenTheWriteAndTheAnswer(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		statements := server.Statements(t)
		ada := server.SignUp(t, "ada")
		for why, leave := range leaving {
			before := server.User(t, "ada").SessionsVersion
			ctx, cancel := context.WithCancel(t.Context())
			gone := make(chan struct{})
			statements.During(t, func() {
				defer close(gone)
				if leave(ctx, t, server, ada.Cookie("refreshToken")) {
					t.Errorf("%s: the answer was not lost", why)
				}
			}, 2, func() { cancel(); <-gone }) // behind the read and the write
			harness.Await(t, func() error {
				if version := server.User(t, "ada").SessionsVersion; version != before+1 {
					return fmt.Errorf("%s: %d writes", why, version-before)
				}
				return nil
			})
			wantGoesOn(t, server, ada)
		}
	}, "SESSION_CACHE_TTL=0")
}

// wantGoesOn retries the refresh of which the answer was lost, and goes on.
func wantGoesOn(t *testing.T, server *harness.Server, ada *harness.Client) {
	t.Helper()
	ada.Refresh().Want(t, 200, "") // with the old token, inside the grace time
	ada.WantAlive()
	if n := len(server.User(t, "ada").Sessions); n != 1 {
		t.Fatalf("%d sessions", n)
	}
	if strings.Contains(server.Log.String(), "refresh_token_reuse") {
		t.Fatal("a retry was taken for theft")
	}
	server.Clock.Advance(11 * time.Second) // what follows must not live on this grace time
}
