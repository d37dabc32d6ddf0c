package attacks

import (
	"strings"
	"testing"

	"sallyport/tests/harness"
)

func TestAttack31_PathsBesideTheRoute(t *testing.T) {
	server := harness.Start(t)
	ada := server.SignUp(t, "ada")
	for _, path := range []string{
		"//api/v1/users/current-user", "/api//v1/users/current-user", "/api/v1/users//current-user", "/api/./v1/users/current-user",
		"/api/v1/auth/../users/current-user", "/api/v1/auth/%2e%2e/users/current-user", "/api/v1/auth/..%2fusers/current-user", "/%2e/api/v1/users/current-user",
		"/API/v1/users/current-user", "/api/V1/users/current-user", "/api/v1/users/Current-User", "/api/v1/users/current-user/", "/api/v1/users/current-user//",
		"/api/v1/users/current-user/x.css", "/api/v1/users/current-user/x.js", "/api/v1/users/current-user%2fx.css", "/api/v1/users/current-user;x.css", "/api/v1/users/current-user%3bx.css",
		"/api/v1/users/current-user%00.css", "/api/v1/users/current-user%0a.css", "/api/v1/users/current-user%23x.css", "/api/v1/users/current-user%3fx.css", "/api/v1/users/current-user.css",
		"/api/v1/users/current-user%20", "/api/v1/users/current-user%252e", `/api\v1\users\current-user`, "/api/v1/users/current-user.", "/healthz/../api/v1/users/current-user",
		"/assets/../api/v1/users/current-user", "/assets/%2e%2e/api/v1/users/current-user", "/assets/..%2f..%2fmain.go", "/assets/%2e%2e/%2e%2e/etc/passwd", "/assets/....//main.go", "/assets//etc/passwd",
	} {
		for _, cookie := range []string{"", "Cookie: " + ada.Tokens().Cookies()} {
			answer := server.Exchange(t, harness.RawRequest("GET", path, cookie))[0]
			if answer.Status != 404 || answer.Code != "not_found" || answer.Header.Get("Location") != "" {
				t.Errorf("%s: %d %q", path, answer.Status, answer.Raw)
			}
		}
	}
}

// A path that decodes to the route's is that route, guard and all.
func TestAttack31_EncodedPathKeepsItsGuard(t *testing.T) {
	server := harness.Start(t)
	ada := server.SignUp(t, "ada")
	for _, path := range []string{"/api/v1/users/%63urrent-user", "/api/v1%2fusers/current-user", "/%61pi/v1/users/current%2duser", "http://evil.com/api/v1/users/current-user"} {
		if answer := server.Exchange(t, harness.RawRequest("GET", path))[0]; answer.Status != 401 {
			t.Errorf("%s without a token: %d %s", path, answer.Status, answer.Raw)
		}
		if answer := server.Exchange(t, harness.RawRequest("GET", path, "Cookie: "+ada.Tokens().Cookies()))[0]; answer.Status != 200 || answer.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d, Cache-Control %q", path, answer.Status, answer.Header.Get("Cache-Control"))
		}
	}
}

func TestAttack31_NoOpenRedirect(t *testing.T) {
	server := harness.Start(t)
	for _, path := range []string{
		"//evil.com", "//evil.com/", "//evil.com/%2e%2e", "///evil.com", `/\evil.com`, "/%5cevil.com", "/%2f%2fevil.com", "/%2fevil.com/", "/.//evil.com", "/%0d%0aLocation:%20http://evil.com",
		"http://evil.com/", "http://evil.com//", "/docs/", "/docs//evil.com", "//docs", "/assets//evil.com/", "/?next=//evil.com", "/docs?url=http://evil.com/openapi.yaml", "/api/v1/auth//login",
	} {
		for _, host := range []string{"localhost", "evil.com"} {
			request := strings.Replace(harness.RawRequest("GET", path), "Host: localhost", "Host: "+host, 1)
			answer := server.Exchange(t, request)[0]
			if answer.Status >= 300 && answer.Status < 400 || answer.Header.Get("Location") != "" || strings.Contains(answer.Raw, "evil.com") {
				t.Errorf("%s on %s: %d to %q", path, host, answer.Status, answer.Header.Get("Location"))
			}
		}
	}
}
