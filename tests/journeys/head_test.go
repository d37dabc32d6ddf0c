package journeys

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/tests/harness"
)

// Source: RFC 9110 §9.3.2. Uptime monitors and link checkers send HEAD.
func TestHead_IsAnsweredAsGetIsWithoutTheBody(t *testing.T) {
	t.Parallel()
	server := harness.Start(t, "CORS_ORIGIN=https://app.example.com")
	ada := server.SignUp(t, "ada").Tokens().Cookies()
	paths := []string{"/assets/app.js", "/assets/swagger/swagger-ui-bundle.js", "/assets/nothing.js", "/nowhere"}
	for _, route := range harness.Routes(t) {
		if route.Method == http.MethodGet {
			paths = append(paths, route.Path)
		}
	}
	if !slices.Contains(paths, "/openapi.yaml") || !slices.Contains(paths, harness.CurrentUserPath) {
		t.Fatalf("only %q", paths)
	}
	for _, path := range paths {
		for _, cookies := range []string{"", ada} {
			compareHead(t, server, path, "Cookie", cookies, "Accept-Encoding", "gzip")
			compareHead(t, server, path, "Cookie", cookies, "Accept-Encoding", "identity", "Origin", "https://app.example.com")
		}
	}
}

// compareHead compares the answers to GET and HEAD. What differs between any
// two answers does not count, nor how a body is cut that HEAD does not have.
func compareHead(t *testing.T, server *harness.Server, path string, header ...string) {
	t.Helper()
	get, head := server.Ask(t, http.MethodGet, path, "", header...), server.Ask(t, http.MethodHead, path, "", header...)
	for _, answer := range []harness.Answer{get, head} {
		for _, name := range []string{"Date", "X-Request-Id"} {
			answer.Header.Del(name)
		}
	}
	if diff := cmp.Diff(get.Header, head.Header); head.Status != get.Status || diff != "" || head.Raw != "" {
		t.Errorf("HEAD %s %q answers %d, and GET %d; GET (-) and HEAD (+) differ: %s", path, header, head.Status, get.Status, diff)
	}
	if len(get.Raw) < 1000 && // net/http knows the length of what fits into its buffer
		head.Header.Get("Content-Length") == "" {
		t.Errorf("HEAD %s: no Content-Length", path)
	}
}

func TestHead_IsListedWhereAMethodIsRefused(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	for path, want := range map[string]string{"/healthz": "GET, HEAD", harness.CurrentUserPath: "DELETE, GET, HEAD", harness.SessionsPath: "DELETE, GET, HEAD", harness.LoginPath: "POST"} {
		answer := server.Ask(t, http.MethodPut, path, "").Want(t, 405, "method_not_allowed")
		allow := strings.Split(answer.Header.Get("Allow"), ", ")
		slices.Sort(allow)
		if got := strings.Join(allow, ", "); got != want {
			t.Errorf("PUT %s: Allow is %q, want %q", path, got, want)
		}
	}
}
