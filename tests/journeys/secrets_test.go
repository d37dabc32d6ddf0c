package journeys

import (
	"bytes"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"sallyport/tests/harness"
)

func TestLog_HoldsNoSecretOfTheJourney(t *testing.T) {
	server := harness.Start(t, "LOG_LEVEL=debug")
	ada := signedUp(t, server)
	secrets := []string{"engine-no-1-plan", harness.AccessSecret, harness.RefreshSecret}
	remember := func() {
		secrets = append(secrets, signature(ada.Cookie("accessToken")), signature(ada.Cookie("refreshToken")))
	}
	remember()
	stolen := ada.Copy(t)
	ada.Post(refreshPath, "").Want(t, 200, "")
	remember()
	ada.Get(currentUser+"?accessToken="+ada.Cookie("accessToken")).Want(t, 200, "")
	ada.Post("/api/v1/auth/login", `{"email":"ada@example.com","password":"canary-wrong-password"}`).Want(t, 401, "invalid_credentials")
	ada.Post("/api/v1/auth/login", `{"password":"canary-wrong-password"`).Want(t, 400, "malformed_json")
	server.Clock.Advance(time.Minute)
	stolen.Post(refreshPath, "").Want(t, 401, "token_reused")
	ada.Post("/api/v1/auth/logout", "").Want(t, 200, "")
	server.Store.Close() // from here every request fails, and says why in the log
	ada.Post("/api/v1/auth/login", harness.AdaLogin).Want(t, 500, "internal_error")

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
	server := harness.Start(t)
	ada := signedUp(t, server)
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
		signature(ada.Cookie("accessToken")), signature(ada.Cookie("refreshToken")),
		"engine-no-1-plan", harness.AccessSecret, harness.RefreshSecret,
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
		ada.Post("/api/v1/auth/register", harness.Ada).Want(t, 201, ""),
		ada.Post("/api/v1/auth/login", harness.AdaLogin).Want(t, 200, ""),
		ada.Post(refreshPath, `{"transport":"body"}`).Want(t, 200, ""), // asked with a cookie, answered with cookies
	} {
		if strings.Contains(answer.Raw, signature(ada.Cookie("accessToken"))) || strings.Contains(answer.Raw, "eyJ") {
			t.Errorf("a token stands in the body: %s", answer.Raw)
		}
		for _, line := range answer.Header.Values("Set-Cookie") {
			cookie, err := http.ParseSetCookie(line)
			if err != nil {
				t.Fatal(err)
			}
			if !cookie.HttpOnly || !cookie.Secure || cookie.Domain != "" || cookie.MaxAge <= 0 {
				t.Errorf("cookie attributes: %s", strings.Replace(line, cookie.Value, "…", 1))
			}
		}
	}
}

// signature is the part of a JWT that makes it one.
func signature(token string) string {
	return token[strings.LastIndexByte(token, '.')+1:]
}
