package journeys

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"sallyport/tests/harness"
)

func TestProcess_StartsWithNothingConfiguredAndKeepsEverything(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	port := harness.FreePort(t)
	variable := fmt.Sprintf("PORT=%d", port)
	p := harness.Built(t).Serve(t, dir, variable)
	access := p.SignUp("ada").Access
	for name, want := range map[string]os.FileMode{"data": 0o700, "data/secrets.env": 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", name, got, want)
		}
	}
	if banner := p.Stdout.String(); !strings.Contains(banner, fmt.Sprintf("ready at http://localhost:%d\n", port)) {
		t.Errorf("banner: %q", banner)
	}
	for _, signal := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		p.Stop(signal)
		p = harness.Built(t).Serve(t, dir, variable)
		p.CurrentUser(access).Want(t, 200, "")
	}
}

func TestProcess_AnswersTheRequestInFlightBeforeItStops(t *testing.T) {
	t.Parallel()
	p := harness.Built(t).Serve(t, t.TempDir())
	connection := harness.Dial(t, p.Address())
	body := harness.Registration("ada")
	half := len(body) / 2
	fmt.Fprintf(connection, "POST /api/v1/auth/register HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n"+
		"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n", p.Address(), len(body))
	reader := bufio.NewReader(connection)
	if line, err := reader.ReadString('\n'); err != nil || !strings.Contains(line, " 100 ") {
		t.Fatalf("%q, %v: the handler did not ask for the body", line, err)
	}
	if _, err := reader.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(connection, body[:half])

	if err := p.Cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	harness.Await(t, func() error {
		probe, err := net.Dial("tcp", p.Address())
		if err != nil {
			return nil // it accepts nobody any more
		}
		probe.Close()
		return errors.New("it still accepts connections after SIGTERM")
	})
	fmt.Fprint(connection, body[half:])
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	harness.Read(t, response).Want(t, 201, "")
	if code := p.ExitCode(); code != 0 {
		t.Errorf("exit code %d: %s", code, p.Stderr.String())
	}
}

func TestProcess_MigrateOffNeedsTheSubcommand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	refused := harness.Built(t).Begin(t, dir, nil, "MIGRATE=off", "PORT=0")
	if code := refused.ExitCode(); code != 1 || !strings.Contains(refused.Stderr.String(), "sallyport migrate") {
		t.Errorf("exit code %d: %s", code, refused.Stderr.String())
	}
	if _, err := os.Stat(filepath.Join(dir, "data", "sallyport.db")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it made a database that it does not migrate: %v", err)
	}
	migrated := harness.Built(t).Begin(t, dir, []string{"migrate"}, "DATA_DIR=data") // as its message says
	if code := migrated.ExitCode(); code != 0 {
		t.Fatalf("migrate: exit code %d: %s", code, migrated.Stderr.String())
	}
	if _, err := os.Stat(filepath.Join(dir, "data", "sallyport.db")); err != nil {
		t.Error(err)
	}
	harness.Built(t).Serve(t, dir, "MIGRATE=off").SignUp("ada")
}

// goNoise is what belongs to the program's inside.
var goNoise = regexp.MustCompile(`goroutine \d|\.go:\d|panic:|0x[0-9a-f]{6}`)

func TestProcess_RefusesToStartWithOneClearLine(t *testing.T) {
	t.Parallel()
	occupied, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer occupied.Close()
	_, port, _ := net.SplitHostPort(occupied.Addr().String())
	secrets := []string{"ACCESS_TOKEN_SECRET=" + harness.AccessSecret, "REFRESH_TOKEN_SECRET=" + harness.RefreshSecret}
	for _, tt := range []struct {
		name, variable string
		args           []string
		mention        string
	}{
		{"occupied port", "PORT=" + port, nil, "127.0.0.1:" + port},
		{"database is a folder", "DATABASE_URL=sqlite://folder", nil, "folder"},
		{"database is another file", "DATABASE_URL=sqlite://text", nil, "text"},
		{"database under a file", "DATABASE_URL=sqlite://text/db", nil, "text"},
		{"no PostgreSQL there", "DATABASE_URL=postgres://sallyport:topsecret@127.0.0.1:1/x", nil, "127.0.0.1"},
		{"no number in the Redis URL", "REDIS_URL=redis://sallyport:topsecret@127.0.0.1/x", nil, "REDIS_URL"},
		{"unlocking in a database without tables", "DATABASE_URL=sqlite://empty", []string{"user", "unlock", "ada"}, "sallyport migrate"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
				t.Fatal(err)
			}
			harness.WriteFile(t, dir, "empty", nil)
			if err := os.WriteFile(filepath.Join(dir, "text"), []byte(strings.Repeat("not a database\n", 100)), 0o600); err != nil {
				t.Fatal(err)
			}
			p := harness.Built(t).Begin(t, dir, tt.args, append(secrets, "PORT=0", tt.variable)...)
			code, said := p.ExitCode(), p.Stderr.String()
			if code != 1 || strings.Count(said, "\n") != 1 || !strings.Contains(said, tt.mention) {
				t.Errorf("exit code %d, want 1 and one line with %s:\n%s", code, tt.mention, said)
			}
			if goNoise.MatchString(said) || strings.Contains(said, "topsecret") {
				t.Errorf("not fit for an operator: %s", said)
			}
		})
	}
}

func TestProcess_DoesNotShowTheDatabasePassword(t *testing.T) {
	t.Parallel()
	p := harness.Built(t).Begin(t, t.TempDir(), nil, "PORT=0", "DATABASE_URL=postgres://sallyport:topsecret@127.0.0.1:1/x")
	code, said := p.ExitCode(), p.Stderr.String()
	if code != 1 || !strings.Contains(said, "127.0.0.1:1") || strings.Contains(said, "topsecret") {
		t.Errorf("exit code %d: %s", code, said)
	}
}

func TestProcess_ProductionNamesEverythingMissingAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := harness.Built(t).Begin(t, dir, nil, "APP_ENV=production", "PORT=0")
	code, said := p.ExitCode(), p.Stderr.String()
	for _, name := range []string{"ACCESS_TOKEN_SECRET", "REFRESH_TOKEN_SECRET", "PUBLIC_URL", "TRUSTED_PROXIES", "ACME_DOMAINS"} {
		if !strings.Contains(said, name) {
			t.Errorf("does not name %s: %s", name, said)
		}
	}
	if code != 1 {
		t.Errorf("exit code %d", code)
	}
	if _, err := os.Stat(filepath.Join(dir, "data")); err == nil {
		t.Error("it wrote data/ before it refused")
	}
}

func TestProcess_UserUnlockOpensALockedPasswordWhileTheServerRuns(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	server := harness.Built(t).Serve(t, dir, "RATE_LIMITS=off")
	server.SignUp("ada")
	if said := server.Stderr.String(); !strings.Contains(said, "RATE_LIMITS=off") {
		t.Errorf("it does not say that there are no limits: %s", said)
	}
	for range 100 {
		server.Login("ada", harness.WrongPassword)
	}
	server.Login("ada", harness.Password).Want(t, 401, "invalid_credentials")
	nobody := harness.Built(t).Begin(t, dir, []string{"user", "unlock", "nobody"})
	if code, said := nobody.ExitCode(), nobody.Stderr.String(); code != 3 || !strings.Contains(said, `no user has the email, username or id "nobody"`) {
		t.Errorf("for an unknown name: exit code %d: %s", code, said)
	}
	unlock := harness.Built(t).Begin(t, dir, []string{"user", "unlock", "Ada@Example.com"})
	if code := unlock.ExitCode(); code != 0 {
		t.Fatalf("exit code %d: %s", code, unlock.Stderr.String())
	}
	if said := unlock.Stdout.String(); !strings.Contains(said, "unlocked ada, after 101 wrong passwords") {
		t.Errorf("it says %q", said)
	}
	server.Login("ada", harness.Password).Want(t, 200, "")
}

func TestProcess_HasItsLimitsByDefault(t *testing.T) {
	t.Parallel()
	server := harness.Built(t).Serve(t, t.TempDir(), "RATE_LIMITS=") // as if it were not set
	server.SignUp("ada")
	for n := range 6 {
		answer := server.Login("ada", harness.WrongPassword)
		if want := []int{401, 401, 401, 401, 401, 429}[n]; answer.Status != want {
			t.Errorf("wrong password %d answers %d, want %d", n+1, answer.Status, want)
		}
	}
}
