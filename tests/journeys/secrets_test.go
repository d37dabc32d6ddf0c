package journeys

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"sallyport/tests/harness"
)

func TestLog_HoldsNoSecretOfTheJourney(t *testing.T) {
	server := harness.Start(t, "LOG_LEVEL=debug")
	ada := server.SignUp(t, "ada")
	secrets := []string{harness.Password, harness.AccessSecret, harness.RefreshSecret}
	remember := func() {
		secrets = append(secrets, harness.Signature(ada.Tokens().Access), harness.Signature(ada.Tokens().Refresh))
	}
	remember()
	stolen := ada.Copy()
	ada.Refresh().Want(t, 200, "")
	remember()
	ada.Get(harness.CurrentUserPath+"?accessToken="+ada.Cookie("accessToken")).Want(t, 200, "")
	ada.Post(harness.LoginPath, `{"email":"ada@example.com","password":"canary-wrong-password"}`).Want(t, 401, "invalid_credentials")
	ada.Post(harness.LoginPath, `{"password":"canary-wrong-password"`).Want(t, 400, "malformed_json")
	server.Clock.Advance(time.Minute)
	stolen.Refresh().Want(t, 401, "token_reused")
	ada.Logout().Want(t, 200, "")
	server.Store.Close() // from here every request fails, and says why in the log
	ada.Login("ada", harness.Password).Want(t, 500, "internal_error")

	log := server.Log.String()
	for _, line := range []string{`"path":"/api/v1/auth/refresh-token"`, "refresh_token_reuse", "request failed"} {
		if !strings.Contains(log, line) {
			t.Errorf("the log has no %s: the journey was not logged", line)
		}
	}
	for _, secret := range append(secrets, "canary-wrong-password", "accessToken=") {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

func TestDatabase_HoldsNoToken(t *testing.T) {
	server := harness.StartWithMail(t)
	ada := server.SignUp(t, "ada")
	verify, reset := server.LastMail(t, harness.Email("ada")).Token(t), server.ResetToken(t, "ada")
	var stored []byte
	for _, suffix := range []string{"", "-wal"} {
		file, err := os.ReadFile(server.Config.Database.DSN + suffix)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, file...)
	}
	if !bytes.Contains(stored, []byte("ada@example.com")) {
		t.Fatal("the files read are not the database")
	}
	for _, secret := range []string{
		harness.Signature(ada.Cookie("accessToken")), harness.Signature(ada.Cookie("refreshToken")),
		harness.Password, harness.AccessSecret, harness.RefreshSecret, verify, reset,
	} {
		if bytes.Contains(stored, []byte(secret)) {
			t.Errorf("the database holds %q", secret)
		}
	}
}

func TestAnswers_NeverCarryTokensOfCookieClients(t *testing.T) {
	server := harness.Start(t)
	ada := server.Client(t)
	for _, answer := range []harness.Answer{
		ada.Post(harness.RegisterPath, harness.Registration("ada")).Want(t, 201, ""),
		ada.Login("ada", harness.Password).Want(t, 200, ""),
		ada.Post(harness.RefreshPath, `{"transport":"body"}`).Want(t, 200, ""), // asked with a cookie, answered with cookies
	} {
		if strings.Contains(answer.Raw, harness.Signature(ada.Cookie("accessToken"))) || strings.Contains(answer.Raw, "eyJ") {
			t.Errorf("a token stands in the body: %s", answer.Raw)
		}
		if cookies := answer.Cookies(); len(cookies) != 2 {
			t.Errorf("%d cookies, want 2", len(cookies))
		}
		for _, cookie := range answer.Cookies() {
			if !cookie.HttpOnly || !cookie.Secure || cookie.Domain != "" || cookie.MaxAge <= 0 {
				t.Errorf("cookie attributes: %s", strings.Replace(cookie.String(), cookie.Value, "…", 1))
			}
		}
	}
}
