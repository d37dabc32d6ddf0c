package journeys

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"sallyport/tests/harness"
)

// wantSecure checks the headers of one answer. Pages and their files bring a
// policy of their own, and say how the browser keeps them; else caching is "".
func wantSecure(t *testing.T, what string, h http.Header, caching string) {
	t.Helper()
	want := map[string]string{
		"X-Content-Type-Options":       "nosniff",
		"Referrer-Policy":              "no-referrer",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Strict-Transport-Security":    "max-age=31536000; includeSubDomains",
		"Content-Security-Policy":      "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
		"Cache-Control":                "no-store",
		"Server":                       "",
		"X-Powered-By":                 "",
	}
	if caching != "" {
		delete(want, "Content-Security-Policy")
		want["Cache-Control"] = caching
		policy := h.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'; ") || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q", what, policy)
		}
	}
	for name, value := range want {
		if got := strings.Join(h.Values(name), " | "); got != value {
			t.Errorf("%s: %s is %q, want %q", what, name, got, value)
		}
	}
}

// pages say how they are kept: those with a token, never.
var pages = map[string]string{
	"/": "no-cache", "/admin": "no-cache", "/docs": "no-cache", "/client.js": "no-cache", "/assets/app.js": "no-cache", "/assets/swagger/swagger-ui.css": "no-cache",
	"/verify-email": "no-store", "/reset-password": "no-store", "/undo-email-change": "no-store",
}

func TestHeaders_EveryRouteOfTheDescriptionCarriesThem(t *testing.T) {
	server := harness.Start(t, "PUBLIC_URL=https://auth.example.com")
	routes := append(harness.DescribedRoutes(t), "GET /assets/app.js", "GET /assets/swagger/swagger-ui.css")
	for _, route := range routes {
		method, path, _ := strings.Cut(route, " ")
		path = strings.NewReplacer("{", "", "}", "").Replace(path)
		answer := server.Ask(t, method, path, "")
		wantSecure(t, fmt.Sprintf("%s (%d)", route, answer.Status), answer.Header, pages[path])
	}
}

func TestHeaders_ErrorsCarryThemToo(t *testing.T) {
	server := harness.Start(t, "PUBLIC_URL=https://auth.example.com", "CORS_ORIGIN=https://app.example.com")
	json := []string{"Content-Type", "application/json"}
	for _, tt := range []struct {
		status             int
		method, path, body string
		header             []string
	}{
		{204, "OPTIONS", harness.LoginPath, "", []string{"Origin", "https://app.example.com", "Access-Control-Request-Method", "POST"}},
		{204, "OPTIONS", harness.LoginPath, "", []string{"Origin", "https://evil.example", "Access-Control-Request-Method", "POST"}},
		{400, "POST", harness.LoginPath, `{"password":`, json},
		{400, "POST", harness.LoginPath, `{}`, json},
		{401, "POST", harness.LoginPath, `{"email":"ada@example.com","password":"x"}`, json},
		{401, "GET", harness.CurrentUserPath, "", nil},
		{401, "POST", harness.RefreshPath, "", []string{"Cookie", "refreshToken=x"}}, // clears cookies
		{403, "POST", harness.LoginPath, "", []string{"Sec-Fetch-Site", "cross-site"}},
		{404, "GET", "/nowhere", "", nil},
		{404, "GET", "/assets/nowhere.js", "", nil},
		{405, "PUT", harness.LoginPath, "", nil},
		{405, "TRACE", harness.LoginPath, "", nil},
		{413, "POST", harness.LoginPath, strings.Repeat("x", 17<<10), json},
		{415, "POST", harness.LoginPath, "{}", []string{"Content-Type", "text/plain"}},
	} {
		answer := server.Ask(t, tt.method, tt.path, tt.body, tt.header...)
		if answer.Status != tt.status {
			t.Errorf("%s %s: %d, want %d", tt.method, tt.path, answer.Status, tt.status)
		}
		wantSecure(t, fmt.Sprintf("%s %s (%d)", tt.method, tt.path, tt.status), answer.Header, "")
	}
	server.Store.Close()
	for path, status := range map[string]int{harness.LoginPath: 500, "/readyz": 503} {
		method := map[bool]string{true: "POST", false: "GET"}[status == 500]
		answer := server.Ask(t, method, path, harness.LoginBody("ada", harness.Password), json...)
		if answer.Status != status {
			t.Errorf("%s: %d, want %d", path, answer.Status, status)
		}
		wantSecure(t, path, answer.Header, "")
	}
}

// What is no HTTP request is answered by net/http before there is a handler:
// bare, and the connection ends.
func TestHeaders_WhatIsNoRequestIsAnsweredBare(t *testing.T) {
	server := harness.Start(t)
	for status, text := range map[int]string{
		431: "GET / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 64<<10) + "\r\n\r\n",
		400: "GET / HTTP/1.1\r\n\r\n", // no Host
	} {
		connection, err := tls.Dial("tcp", strings.TrimPrefix(server.URL, "https://"), &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Close()
		go fmt.Fprint(connection, text)
		answer, err := http.ReadResponse(bufio.NewReader(connection), nil)
		if err != nil {
			t.Fatal(err)
		}
		if answer.StatusCode != status || !answer.Close || answer.Header.Get("Server") != "" || len(answer.Cookies()) > 0 {
			t.Errorf("%d %v, want a bare %d that closes", answer.StatusCode, answer.Header, status)
		}
	}
}

// Browsers would hold http://localhost:3000 to https as well.
func TestHeaders_NoStrictTransportOverPlainHTTPNorForLocalhost(t *testing.T) {
	for _, tt := range []struct{ why, url, publicURL string }{
		{"plain HTTP", "plain", "https://auth.example.com"},
		{"localhost", "tls", "https://localhost:8443"},
		{"no HTTPS outside", "tls", "http://localhost:8080"},
	} {
		server := harness.Start(t, "PUBLIC_URL="+tt.publicURL)
		url := map[string]string{"plain": server.PlainURL, "tls": server.URL}[tt.url]
		r, err := http.NewRequest("GET", url+"/healthz", nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := server.Do(t, r).Header.Get("Strict-Transport-Security"); got != "" {
			t.Errorf("%s: %q", tt.why, got)
		}
	}
}
