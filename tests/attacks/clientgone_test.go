package attacks

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"sallyport/tests/harness"
)

// The client goes away ever later in the request: before the server has read
// it, while it works, after it has answered.
func TestAttack43_ClientGoneMidRefresh(t *testing.T) {
	const (
		rounds = 60
		step   = 100 * time.Microsecond // the last ones leave 6 ms after the request
	)
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		ada := server.SignUp(t, "ada")
		for i := range rounds {
			old := ada.Copy()
			leave := leaveByTimeout
			if i%2 == 1 {
				leave = leaveByClosing
			}
			leave(t, server, old.Cookie("refreshToken"), time.Duration(i)*step)
			ada.Refresh().Want(t, 200, "") // with the old token, inside the grace time
			ada.WantAlive()                // after the retry, the client
			if n := len(server.User(t, "ada").Sessions); n != 1 {
				t.Fatalf("round %d: %d sessions", i, n)
			}
			server.Clock.Advance(11 * time.Second) // the grace time of this round is over in the next
		}
		if strings.Contains(server.Log.String(), "refresh_token_reuse") {
			t.Error("a retry was taken for a replay")
		}
	})
}

// leaveByTimeout stops waiting for the answer.
func leaveByTimeout(t *testing.T, server *harness.Server, token string, after time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), after)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, server.PlainURL+harness.RefreshPath, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Cookie", "refreshToken="+token)
	if response, err := http.DefaultClient.Do(r); err == nil {
		response.Body.Close() // it was faster
	}
}

// leaveByClosing closes the connection during the request.
func leaveByClosing(t *testing.T, server *harness.Server, token string, after time.Duration) {
	t.Helper()
	connection := harness.Dial(t, server.Address())
	defer connection.Close()
	if err := connection.SetDeadline(time.Now().Add(after)); err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(connection, harness.RawRequest("POST", harness.RefreshPath, "Content-Length: 0", "Cookie: refreshToken="+token))
	_, _ = io.ReadAll(connection)
}
