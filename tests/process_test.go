package tests

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sallyport/tests/harness"
)

// program builds the real program once, beside the test binary, whose folder
// `go test` removes.
var program = sync.OnceValues(func() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	path := filepath.Join(filepath.Dir(self), "sallyport-under-test")
	command := exec.Command("go", "build", "-o", path, ".")
	command.Dir = harness.Root()
	if out, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

func builtProgram(t *testing.T) string {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// process is the program running in a folder of its own with nothing in its
// environment but what the test gave it.
type process struct {
	t      *testing.T
	url    string
	stdout harness.Log
	stderr harness.Log
	cmd    *exec.Cmd
	exited chan struct{}
}

func begin(t *testing.T, binary, dir string, args []string, environment ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(binary, args...), exited: make(chan struct{})}
	p.cmd.Dir = dir
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}, environment...)
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = p.cmd.Wait(); close(p.exited) }()
	t.Cleanup(func() { _ = p.cmd.Process.Kill(); <-p.exited })
	return p
}

// startProcess starts the server on a free port and waits until it answers.
func startProcess(t *testing.T, binary, dir string, environment ...string) *process {
	t.Helper()
	port := freePort(t)
	p := begin(t, binary, dir, nil, append(environment, fmt.Sprintf("PORT=%d", port))...)
	p.url = fmt.Sprintf("http://127.0.0.1:%d", port)
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) { // another process: there is no clock to inject
		if response, err := http.Get(p.url + "/healthz"); err == nil {
			response.Body.Close()
			return p
		}
		select {
		case <-p.exited:
			t.Fatalf("it ended at once: %s", p.stderr.String())
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("it does not answer: %s", p.stderr.String())
		}
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	port, err := harness.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func (p *process) exitCode() int {
	p.t.Helper()
	select {
	case <-p.exited:
	case <-time.After(30 * time.Second):
		p.t.Fatalf("it does not end: %s", p.stderr.String())
	}
	return p.cmd.ProcessState.ExitCode()
}

func (p *process) stop(signal os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(signal); err != nil {
		p.t.Fatal(err)
	}
	if code := p.exitCode(); code != 0 {
		p.t.Errorf("%v: exit code %d: %s", signal, code, p.stderr.String())
	}
}

// send sends one JSON request.
func (p *process) send(method, path, access, body string) harness.Answer {
	p.t.Helper()
	request, err := http.NewRequest(method, p.url+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if access != "" {
		request.Header.Set("Authorization", "Bearer "+access)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	return harness.Read(p.t, response)
}

const adaBody = `{"fullName":"Ada Lovelace","username":"ada","email":"ada@example.com","password":"engine-no-1-plan","transport":"body"}`

func (p *process) signUp() (access string) {
	p.t.Helper()
	return p.send("POST", "/api/v1/auth/register", "", adaBody).Want(p.t, 201, "").Field(p.t, "accessToken")
}

func TestProcess_StartsWithNothingConfiguredAndKeepsEverything(t *testing.T) {
	dir := t.TempDir()
	p := startProcess(t, builtProgram(t), dir)
	access := p.signUp()
	for name, want := range map[string]os.FileMode{"data": 0o700, "data/secrets.env": 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", name, got, want)
		}
	}
	if banner := p.stdout.String(); !strings.Contains(banner, "ready at http://localhost:") {
		t.Errorf("banner: %q", banner)
	}
	for _, signal := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		p.stop(signal)
		p = startProcess(t, builtProgram(t), dir)
		p.send("GET", "/api/v1/users/current-user", access, "").Want(t, 200, "")
	}
}

func TestProcess_AnswersTheRequestInFlightBeforeItStops(t *testing.T) {
	p := startProcess(t, builtProgram(t), t.TempDir())
	address := strings.TrimPrefix(p.url, "http://")
	connection, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	half := len(adaBody) / 2
	fmt.Fprintf(connection, "POST /api/v1/auth/register HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n"+
		"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n", address, len(adaBody))
	reader := bufio.NewReader(connection)
	if line, err := reader.ReadString('\n'); err != nil || !strings.Contains(line, " 100 ") {
		t.Fatalf("%q, %v: the handler did not ask for the body", line, err)
	}
	if _, err := reader.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(connection, adaBody[:half])

	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) { // another process: there is no clock to inject
		probe, err := net.Dial("tcp", address)
		if err != nil {
			break // it accepts nobody any more
		}
		probe.Close()
		if time.Now().After(deadline) {
			t.Fatal("it still accepts connections after SIGTERM")
		}
	}
	fmt.Fprint(connection, adaBody[half:])
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	harness.Read(t, response).Want(t, 201, "")
	if code := p.exitCode(); code != 0 {
		t.Errorf("exit code %d: %s", code, p.stderr.String())
	}
}

func TestProcess_MigrateOffNeedsTheSubcommand(t *testing.T) {
	dir := t.TempDir()
	refused := begin(t, builtProgram(t), dir, nil, "MIGRATE=off", "PORT=0")
	if code := refused.exitCode(); code != 1 || !strings.Contains(refused.stderr.String(), "sallyport migrate") {
		t.Errorf("exit code %d: %s", code, refused.stderr.String())
	}
	migrated := begin(t, builtProgram(t), dir, []string{"migrate"})
	if code := migrated.exitCode(); code != 0 {
		t.Fatalf("migrate: exit code %d: %s", code, migrated.stderr.String())
	}
	startProcess(t, builtProgram(t), dir, "MIGRATE=off").signUp()
}

// goNoise is what belongs to the program's inside.
var goNoise = regexp.MustCompile(`goroutine \d|\.go:\d|panic:|0x[0-9a-f]{6}`)

func TestProcess_RefusesToStartWithOneClearLine(t *testing.T) {
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
		{"unknown argument", "PORT=0", []string{"migrat"}, "migrat"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "text"), []byte(strings.Repeat("not a database\n", 100)), 0o600); err != nil {
				t.Fatal(err)
			}
			p := begin(t, builtProgram(t), dir, tt.args, append(secrets, "PORT=0", tt.variable)...)
			code, said := p.exitCode(), p.stderr.String()
			if code != 1 || strings.Count(said, "\n") != 1 || !strings.Contains(said, tt.mention) {
				t.Errorf("exit code %d, want 1 and one line with %s:\n%s", code, tt.mention, said)
			}
			if goNoise.MatchString(said) {
				t.Errorf("not fit for an operator: %s", said)
			}
		})
	}
}

func TestProcess_DoesNotShowTheDatabasePassword(t *testing.T) {
	p := begin(t, builtProgram(t), t.TempDir(), nil, "PORT=0", "DATABASE_URL=postgres://sallyport:topsecret@127.0.0.1:1/x")
	code, said := p.exitCode(), p.stderr.String()
	if code != 1 || !strings.Contains(said, "127.0.0.1:1") || strings.Contains(said, "topsecret") {
		t.Errorf("exit code %d: %s", code, said)
	}
}

func TestProcess_ProductionNamesEverythingMissingAtOnce(t *testing.T) {
	dir := t.TempDir()
	p := begin(t, builtProgram(t), dir, nil, "APP_ENV=production", "PORT=0")
	code, said := p.exitCode(), p.stderr.String()
	for _, name := range []string{"ACCESS_TOKEN_SECRET", "REFRESH_TOKEN_SECRET", "PUBLIC_URL"} {
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
