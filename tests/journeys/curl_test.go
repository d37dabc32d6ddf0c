package journeys

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"sallyport/tests/harness"
)

// shell runs curl commands in one folder.
type shell struct {
	t      *testing.T
	bash   string
	dir    string
	server *harness.Server
}

func newShell(t *testing.T, server *harness.Server) shell {
	t.Helper()
	harness.Program(t, "curl", "curl")
	return shell{t, harness.Program(t, "bash", "bash"), t.TempDir(), server}
}

// run runs one curl command line and returns the answer's status and body.
func (s shell) run(line string) (status int, body string) {
	s.t.Helper()
	line = strings.ReplaceAll(line, "http://localhost:8080", s.server.PlainURL)
	command := exec.CommandContext(s.t.Context(), s.bash, "-euc", strings.Replace(line, "curl ", `curl -w '\n%{http_code}' `, 1))
	command.Dir = s.dir
	command.Env = append(os.Environ(), "CURL_HOME="+s.dir, "no_proxy=*") // no .curlrc, no proxy
	command.Stderr = &strings.Builder{}
	out, err := command.Output()
	if err != nil {
		s.t.Fatalf("%s\n%v: %s", line, err, command.Stderr)
	}
	end := strings.LastIndex(string(out), "\n")
	status, err = strconv.Atoi(string(out[end+1:]))
	if err != nil {
		s.t.Fatalf("%s printed %q", line, out)
	}
	return status, string(out[:end])
}

// jar returns the cookie named in the jar, "" when it is not there.
func (s shell) jar(name string) string {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, "jar"))
	if err != nil {
		s.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 7 && fields[5] == name {
			return fields[6]
		}
	}
	return ""
}

var curlSection = regexp.MustCompile("(?s)\n## With curl\n.*?\n```sh\n(.*?)```")

func TestCurl_WhatTheReadmeShowsWorks(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(harness.Root(), "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	block := curlSection.FindStringSubmatch(string(readme))
	if block == nil {
		t.Fatal(`README.md has no commands under "## With curl"`)
	}
	var commands []string
	for line := range strings.Lines(block[1]) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			commands = append(commands, line)
		}
	}
	want := []int{201, 200, 200, 200, 401, 200}
	if len(commands) != len(want) {
		t.Fatalf("README.md shows %d commands, want %d", len(commands), len(want))
	}
	s := newShell(t, harness.Start(t))
	for i, command := range commands {
		if status, body := s.run(command); status != want[i] {
			t.Errorf("%s\nanswered %d, want %d: %s", command, status, want[i], body)
		}
	}
}

func TestCurl_Journey(t *testing.T) {
	server := harness.Start(t)
	s := newShell(t, server)
	// curl 7.88 reads a jar named with -b again at its exit, and then keeps one
	// of two cookies that an answer cleared (curl/curl#10677). It cannot read
	// standard input twice.
	const jar = "touch jar; curl -sS -b - -c jar < jar "
	const api = "http://localhost:8080/api/v1/"
	want := func(line string, status int, part string) {
		t.Helper()
		if got, body := s.run(jar + line); got != status || !strings.Contains(body, part) {
			t.Fatalf("curl %s\nanswered %d, want %d with %s: %s", line, got, status, part, body)
		}
	}

	want("-H 'Content-Type: application/json' -d '"+harness.Ada+"' "+api+"auth/register", 201, `"username":"ada"`)
	want(api+"users/current-user", 200, `"email":"ada@example.com"`)
	server.Clock.Advance(16 * time.Minute)
	want(api+"users/current-user", 401, `"code":"token_expired"`)
	first := s.jar("refreshToken")
	want("-X POST "+api+"auth/refresh-token", 200, `"accessTokenExpiresAt"`)
	want(api+"users/current-user", 200, `"email":"ada@example.com"`)

	access, refresh := s.jar("accessToken"), s.jar("refreshToken")
	if access == "" || refresh == "" || refresh == first {
		t.Fatalf("after the refresh the jar holds %q and %q", access, refresh)
	}
	want("-X POST "+api+"auth/logout", 200, `"User logged out"`)
	if a, r := s.jar("accessToken"), s.jar("refreshToken"); a != "" || r != "" {
		t.Errorf("after signing out the jar holds %q and %q", a, r)
	}
	want(api+"users/current-user", 401, `"code":"missing_token"`)
	wantDead(t, server, access, refresh, "session_ended")
}

func TestRefresh_AcceptsEveryWayOfSendingNoBody(t *testing.T) {
	for _, tt := range []struct{ name, contentType, body string }{
		{"empty form", "application/x-www-form-urlencoded", ""}, // axios.post(url) with its default header
		{"null", "application/json", "null"},                    // axios.post(url, null) with a JSON header
		{"empty object", "application/json", "{}"},              // axios.post(url, {})
		{"nothing at all", "", ""},                              // fetch(url, {method: "POST"})
	} {
		t.Run(tt.name, func(t *testing.T) {
			client := harness.Start(t).Client(t)
			client.Post("/api/v1/auth/register", harness.Ada).Want(t, 201, "")
			before := client.Cookie("refreshToken")
			answer := client.Send("POST", "/api/v1/auth/refresh-token", tt.contentType, tt.body).Want(t, 200, "")
			if after := client.Cookie("refreshToken"); after == before || strings.Contains(answer.Raw, after) {
				t.Errorf("the cookie was not rotated, or its token is in the body: %s", answer.Raw)
			}
		})
	}
}

func TestJourney_WithoutCookies(t *testing.T) {
	server := harness.Start(t)
	client := server.Client(t)
	want := func(answer harness.Answer, status int, code string) harness.Answer {
		t.Helper()
		if cookies := answer.Header.Values("Set-Cookie"); status < 400 && len(cookies) > 0 {
			t.Errorf("an answer to a client without cookies sets %q", cookies)
		}
		return answer.Want(t, status, code)
	}
	bearer := func(answer harness.Answer) (refresh string) {
		t.Helper()
		access, refresh := answer.Field(t, "accessToken"), answer.Field(t, "refreshToken")
		if access == "" || refresh == "" {
			t.Fatalf("no tokens in the body: %s", answer.Raw)
		}
		client.Header.Set("Authorization", "Bearer "+access)
		return refresh
	}
	asBody := func(body string) string { return strings.TrimSuffix(body, "}") + `,"transport":"body"}` }

	bearer(want(client.Post("/api/v1/auth/register", asBody(harness.Ada)), 201, ""))
	client.Header.Del("Authorization")
	refresh := bearer(want(client.Post("/api/v1/auth/login", asBody(harness.AdaLogin)), 200, ""))
	want(client.Get("/api/v1/users/current-user"), 200, "")

	server.Clock.Advance(16 * time.Minute)
	want(client.Get("/api/v1/users/current-user"), 401, "token_expired")
	refresh = bearer(want(client.Post("/api/v1/auth/refresh-token", `{"refreshToken":"`+refresh+`"}`), 200, ""))
	want(client.Get("/api/v1/users/current-user"), 200, "")

	access := strings.TrimPrefix(client.Header.Get("Authorization"), "Bearer ")
	client.Post("/api/v1/auth/logout", "").Want(t, 200, "")
	wantDead(t, server, access, refresh, "session_ended")
	if client.Cookie("accessToken") != "" || client.Cookie("refreshToken") != "" {
		t.Error("the client has cookies")
	}
}

// wantDead presents both tokens as a thief without the cookies would.
func wantDead(t *testing.T, server *harness.Server, access, refresh, code string) {
	t.Helper()
	thief := server.Client(t)
	body, err := json.Marshal(map[string]string{"refreshToken": refresh})
	if err != nil {
		t.Fatal(err)
	}
	thief.Post("/api/v1/auth/refresh-token", string(body)).Want(t, 401, code)
	thief.Header.Set("Authorization", "Bearer "+access)
	thief.Get("/api/v1/users/current-user").Want(t, 401, code)
}
