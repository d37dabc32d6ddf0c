package journeys

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"sallyport/tests/harness"
)

// shell runs curl commands in one folder.
type shell struct {
	t    *testing.T
	bash string
	dir  string
	url  string   // stands in for http://localhost:8080
	env  []string // more variables
}

func newShell(t *testing.T, url string) shell {
	t.Helper()
	harness.Program(t, "curl", "curl")
	return shell{t: t, bash: harness.Program(t, "bash", "bash"), dir: t.TempDir(), url: url}
}

// run runs one curl command line and returns the answer's status and body.
func (s shell) run(line string) (status int, body string) {
	s.t.Helper()
	line = strings.ReplaceAll(line, "http://localhost:8080", s.url)
	command := exec.CommandContext(s.t.Context(), s.bash, "-euc", strings.Replace(line, "curl ", `curl -w '\n%{http_code}' `, 1))
	command.Dir = s.dir
	command.Env = append(os.Environ(), append(s.env, "CURL_HOME="+s.dir, "no_proxy=*")...) // no .curlrc, no proxy
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

// tokens returns the tokens in the jar.
func (s shell) tokens() (held harness.Tokens) {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, "jar"))
	if err != nil {
		s.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) == 7 && fields[5] == "accessToken" {
			held.Access = fields[6]
		} else if len(fields) == 7 && fields[5] == "refreshToken" {
			held.Refresh = fields[6]
		}
	}
	return held
}

func TestCurl_Journey(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	s := newShell(t, server.PlainURL)
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

	want("-H 'Content-Type: application/json' -d '"+harness.Registration("ada")+"' "+api+"auth/register", 201, `"username":"ada"`)
	want(api+"users/current-user", 200, `"email":"ada@example.com"`)
	server.Clock.Advance(16 * time.Minute)
	want(api+"users/current-user", 401, `"code":"token_expired"`)
	first := s.tokens()
	want("-X POST "+api+"auth/refresh-token", 200, `"accessTokenExpiresAt"`)
	want(api+"users/current-user", 200, `"email":"ada@example.com"`)

	held := s.tokens()
	if held.Access == "" || held.Refresh == "" || held.Refresh == first.Refresh {
		t.Fatalf("after the refresh the jar holds %q", held)
	}
	want("-X POST "+api+"auth/logout", 200, `"User logged out"`)
	if left := s.tokens(); left != (harness.Tokens{}) {
		t.Errorf("after signing out the jar holds %q", left)
	}
	want(api+"users/current-user", 401, `"code":"missing_token"`)
	server.API(t).WantEnded(held)
}
