package binary

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"sallyport/tests/harness"
)

// ended is what a command that has ended left.
type ended struct {
	code           int
	stdout, stderr string
}

// runCommand runs a command of the program in the folder, with this standard input,
// and waits for its end.
func runCommand(t *testing.T, dir, stdin, args string, variables ...string) ended {
	t.Helper()
	return wait(t, harness.Built(t).Command(dir, strings.Fields(args), variables...), stdin)
}

func wait(t *testing.T, command *exec.Cmd, stdin string) ended {
	t.Helper()
	var stdout, stderr bytes.Buffer
	command.Stdin, command.Stdout, command.Stderr = strings.NewReader(stdin), &stdout, &stderr
	p := harness.Run(t, command)
	return ended{p.ExitCode(), stdout.String(), stderr.String()}
}

// want fails the test unless the command ended with this code, and wrote this to
// standard output, or where it failed as its error.
func (e ended) want(t *testing.T, code int, text string) ended {
	t.Helper()
	said := e.stdout
	if code != 0 {
		_, said, _ = strings.Cut(e.stderr, "sallyport: ")
	}
	if e.code != code || !strings.Contains(said, text) || code != 0 && e.stdout != "" {
		t.Fatalf("exit code %d, want %d and %q\nstdout: %s\nstderr: %s", e.code, code, text, e.stdout, e.stderr)
	}
	return e
}

// decode reads the one JSON value that the command wrote.
func decode[T any](t *testing.T, e ended) (value T) {
	t.Helper()
	e.want(t, 0, "")
	decoder := json.NewDecoder(strings.NewReader(e.stdout))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&value); err != nil || decoder.More() {
		t.Fatalf("%v in %s", err, e.stdout)
	}
	return value
}

// filesIn returns the names of what is in the folder.
func filesIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func TestMigrateCommand_NamesWhatItApplies(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	type result struct{ Applied []string }
	first := decode[result](t, runCommand(t, dir, "", "migrate --json", "DATA_DIR=data")).Applied
	if len(first) < 6 || first[0] != "00001_users" {
		t.Errorf("applied %q", first)
	}
	if again := decode[result](t, runCommand(t, dir, "", "migrate --json", "DATA_DIR=data")).Applied; again == nil || len(again) > 0 {
		t.Errorf("the second time %q, want an empty list", again)
	}
	runCommand(t, t.TempDir(), "", "migrate", "DATA_DIR=data").want(t, 0, "\n00001_users\n")
}

func TestSecretsNew_AreFitForProductionAndKeptNowhere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	lines := runCommand(t, dir, "", "secrets new").want(t, 0, "ACCESS_TOKEN_SECRET=").stdout
	if left := filesIn(t, dir); len(left) > 0 {
		t.Errorf("it left %v", left)
	}
	if again := runCommand(t, dir, "", "secrets new").stdout; again == lines {
		t.Errorf("the same twice: %s", lines)
	}
	harness.WriteFile(t, dir, ".env", []byte(lines))
	serve(t, dir, "APP_ENV=production", "RATE_LIMITS=on", "PUBLIC_URL=https://auth.example.com", "TRUSTED_PROXIES=127.0.0.1").Stop(syscall.SIGTERM)
	made := decode[map[string]string](t, runCommand(t, dir, "", "secrets new --json"))
	if len(made) != 2 || len(made["ACCESS_TOKEN_SECRET"]) != 64 || len(made["REFRESH_TOKEN_SECRET"]) != 64 {
		t.Errorf("JSON: %v", made)
	}
}
