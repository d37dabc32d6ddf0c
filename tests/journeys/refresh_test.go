package journeys

import (
	"strings"
	"testing"
	"time"

	"sallyport/tests/harness"
)

func TestRefresh_LostResponseCanBeRetriedWithinGrace(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		ada := server.SignUp(t, "ada")
		tab := ada.Copy()
		tab.Refresh().Want(t, 200, "")

		server.Clock.Advance(9 * time.Second)
		ada.Refresh().Want(t, 200, "")
		if ada.Cookie("refreshToken") != tab.Cookie("refreshToken") {
			t.Error("the retry got another successor than the first answer")
		}
		ada.Refresh().Want(t, 200, "") // and the session goes on
	})
}

func TestRefresh_StaggeredRefreshesAreAnsweredWithTheCurrentToken(t *testing.T) {
	server := harness.Start(t)
	ada := server.SignUp(t, "ada")
	late := ada.Copy()
	ada.Refresh().Want(t, 200, "")
	server.Clock.Advance(3 * time.Second)
	ada.Refresh().Want(t, 200, "")
	server.Clock.Advance(3 * time.Second)

	late.Refresh().Want(t, 200, "") // two rotations behind, still inside the window
	if late.Cookie("refreshToken") != ada.Cookie("refreshToken") {
		t.Error("the late request got a token of its own")
	}
}

func TestRefresh_GraceOfZeroIsStrict(t *testing.T) {
	server := harness.Start(t, "REFRESH_GRACE=0")
	ada := server.SignUp(t, "ada")
	replay := ada.Copy()
	ada.Refresh().Want(t, 200, "")
	replay.Refresh().Want(t, 401, "token_reused")
}

func TestRefresh_NeverOutlivesTheAbsoluteEnd(t *testing.T) {
	server := harness.Start(t, "REFRESH_TOKEN_EXPIRY=7d", "SESSION_MAX_AGE=10d")
	ada := server.SignUp(t, "ada")
	server.Clock.Advance(6 * 24 * time.Hour)
	answer := ada.Refresh().Want(t, 200, "")
	expires, err := time.Parse(time.RFC3339, answer.Field(t, "refreshTokenExpiresAt"))
	if err != nil {
		t.Fatal(err)
	}
	if left := expires.Sub(server.Clock.Now()); left > 4*24*time.Hour {
		t.Errorf("the token lives %v past day 6 of a session of 10 days", left)
	}
	server.Clock.Advance(4*24*time.Hour + time.Minute)
	ada.Refresh().Want(t, 401, "token_expired")
}

func TestRefresh_IdleSessionExpires(t *testing.T) {
	server := harness.Start(t)
	ada := server.SignUp(t, "ada")
	server.Clock.Advance(7*24*time.Hour + time.Minute)
	answer := ada.Refresh().Want(t, 401, "token_expired")
	if answer.Message != "jwt expired" {
		t.Errorf("message %q", answer.Message)
	}
}

func TestRefresh_AcceptsEveryWayOfSendingNoBody(t *testing.T) {
	server := harness.Start(t)
	ada := server.SignUp(t, "ada")
	for why, row := range map[string]struct {
		body   string
		header []string
	}{
		"axios.post(url), with its default header":         {"", []string{"Content-Type", "application/x-www-form-urlencoded"}},
		"axios.post(url, null), with a JSON header":        {"null", []string{"Content-Type", "application/json"}},
		"axios.post(url, {})":                              {"{}", []string{"Content-Type", "application/json"}},
		"fetch(url, {method: \"POST\"}): no header either": {"", nil},
	} {
		before := ada.Tokens()
		answer := ada.Request("POST", harness.RefreshPath, row.body, row.header...).Want(t, 200, "")
		if after := ada.Tokens(); after.Refresh == before.Refresh || strings.Contains(answer.Raw, after.Refresh) {
			t.Errorf("%s: the cookie was not rotated, or its token is in the body: %s", why, answer.Raw)
		}
	}
}
