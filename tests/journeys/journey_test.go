package journeys

import (
	"testing"
	"time"

	"sallyport/tests/harness"
)

func TestJourney(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		ada := server.SignUp(t, "ada")
		if got := ada.CurrentUser().Want(t, 200, "").Field(t, "email"); got != "ada@example.com" {
			t.Errorf("email %q", got)
		}

		server.Clock.Advance(16 * time.Minute)
		expired := ada.CurrentUser().Want(t, 401, "token_expired")
		if expired.Message != "jwt expired" {
			t.Errorf("message %q: Streamify's frontends match on \"jwt expired\"", expired.Message)
		}
		ada.Refresh().Want(t, 200, "")
		ada.CurrentUser().Want(t, 200, "")

		stolen := ada.Copy()
		ada.Logout().Want(t, 200, "")
		ada.WantNoTokens()
		stolen.WantEnded()
	})
}

func TestJourney_WithoutCookies(t *testing.T) {
	server := harness.Start(t)
	client := server.API(t)
	noCookies := func(answer harness.Answer) harness.Answer {
		t.Helper()
		if cookies := answer.Cookies(); len(cookies) > 0 {
			t.Errorf("an answer to a client without cookies sets %q", cookies)
		}
		return answer
	}
	noCookies(client.Send("POST", harness.RegisterPath, "", harness.InBody(harness.Registration("ada")))).Want(t, 201, "").Tokens(t)
	before := noCookies(client.Login("ada", harness.Password)).Want(t, 200, "").Tokens(t)
	noCookies(client.CurrentUser(before.Access)).Want(t, 200, "")

	server.Clock.Advance(16 * time.Minute)
	client.CurrentUser(before.Access).Want(t, 401, "token_expired")
	after := noCookies(client.Refresh(before.Refresh)).Want(t, 200, "").Tokens(t)
	noCookies(client.CurrentUser(after.Access)).Want(t, 200, "")

	client.Send("POST", harness.LogoutPath, after.Access, "").Want(t, 200, "")
	client.WantEnded(after)
}
