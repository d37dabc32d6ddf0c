package journeys

import (
	"strings"
	"testing"

	"sallyport/tests/harness"
)

// A frontend of any port of this machine signs in with nothing configured.
func TestOrigins_DevelopmentNeedsNoList(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	server.SignUp(t, "ada")
	for _, origin := range []string{"http://localhost:4321", "http://127.0.0.1:8000", "http://[::1]:5173", "https://localhost"} {
		answer := server.Ask(t, "POST", harness.LoginPath, harness.LoginBody("ada", harness.Password),
			"Content-Type", "application/json", "Origin", origin, "Sec-Fetch-Site", "same-site").Want(t, 200, "")
		if answer.Header.Get("Access-Control-Allow-Origin") != origin || len(answer.Cookies()) != 2 {
			t.Errorf("%s: %v", origin, answer.Header)
		}
	}
	server.Ask(t, "POST", harness.LoginPath, "{}", "Content-Type", "application/json", "Origin", "http://192.168.0.7:4321").Want(t, 403, "cross_origin")
	if list := harness.Start(t, "CORS_ORIGIN=https://app.example.com"); list.Ask(t, "POST", harness.LogoutPath, "", "Origin", "http://localhost:4321").Status != 403 {
		t.Error("beside a list the local ones are allowed")
	}
}

func TestOrigins_OurOwnPageIsKnownWhateverHostAProxyMadeOfIt(t *testing.T) {
	t.Parallel()
	server := harness.Start(t, append(inProduction, "TRUSTED_PROXIES=127.0.0.1")...)
	answer := server.Ask(t, "POST", harness.LoginPath, harness.LoginBody("ada", harness.Password),
		"Content-Type", "application/json", "Origin", "https://"+publicHost, "X-Forwarded-Proto", "https").Want(t, 401, "invalid_credentials")
	if answer.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("its pages get CORS, and no list names them: %v", answer.Header)
	}
}

// Each refusal is a security event (OWASP ASVS 16.3.3). What to do about it is
// said once.
func TestOrigins_TheLogSaysOnceWhatLetsAPageIn(t *testing.T) {
	t.Parallel()
	server := harness.Start(t, "CORS_ORIGIN=https://app.example.com")
	for range 3 {
		server.Ask(t, "OPTIONS", harness.LoginPath, "", "Origin", "https://www.example.com", "Access-Control-Request-Method", "POST")
		server.Ask(t, "POST", harness.LoginPath, "{}", "Origin", "https://www.example.com").Want(t, 403, "cross_origin")
	}
	said := server.Log.String()
	if hints, events := strings.Count(said, "CORS_ORIGIN"), strings.Count(said, `"event":"cross_origin_refused"`); hints != 1 || events != 3 {
		t.Errorf("%d hints and %d events, want 1 and 3: %s", hints, events, said)
	}
}

func TestOrigins_TheLogSaysThatBrowsersDropTheCookies(t *testing.T) {
	t.Parallel()
	for samesite, hints := range map[string]int{"": 1, "none": 0} {
		server := harness.Start(t, "COOKIE_SAMESITE="+samesite)
		server.SignUp(t, "ada")
		for range 3 {
			server.Ask(t, "POST", harness.LoginPath, harness.LoginBody("ada", harness.Password), "Content-Type", "application/json",
				"Origin", "http://localhost:5173", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "cors").Want(t, 200, "")
		}
		if n := strings.Count(server.Log.String(), "COOKIE_SAMESITE"); n != hints {
			t.Errorf("COOKIE_SAMESITE=%s: %d hints, want %d: %s", samesite, n, hints, server.Log.String())
		}
	}
}
