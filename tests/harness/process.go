package harness

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Process is the built program running by itself, with nothing in its
// environment but what the test gave it. Its URL is that of a server that is
// ready.
type Process struct {
	*API
	Stdout Log
	Stderr Log
	Cmd    *exec.Cmd
	Exited chan struct{} // closed when it has ended
}

// Binary is the path of a built program.
type Binary string

// Built is the program, built once for all tests of this binary.
func Built(t testing.TB) Binary {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return Binary(path)
}

// Command is the program with these arguments, to run in the folder dir with
// nothing in its environment but these variables.
func (b Binary) Command(dir string, args []string, variables ...string) *exec.Cmd {
	command := exec.Command(string(b), args...)
	command.Dir = dir
	command.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}, variables...)
	return command
}

// Begin starts the program in the folder dir with these arguments, and kills
// it when the test ends.
func (b Binary) Begin(t testing.TB, dir string, args []string, variables ...string) *Process {
	t.Helper()
	p := &Process{}
	command := b.Command(dir, args, variables...)
	command.Stdout, command.Stderr = &p.Stdout, &p.Stderr
	p.run(t, command)
	return p
}

// Run starts a command of the program, and kills it when the test ends. Where
// its output goes is the caller's to say.
func Run(t testing.TB, command *exec.Cmd) *Process {
	t.Helper()
	p := &Process{}
	p.run(t, command)
	return p
}

func (p *Process) run(t testing.TB, command *exec.Cmd) {
	t.Helper()
	p.API = NewAPI(t, "", &http.Client{Transport: Validated(t, http.DefaultTransport)})
	p.Cmd, p.Exited = command, make(chan struct{})
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = command.Wait(); close(p.Exited) }()
	t.Cleanup(p.Kill)
}

var banner = regexp.MustCompile(`ready at (https?://\S+)\n`)

// Serve starts the server in the folder dir, on a free port, without rate limits,
// without metrics, without a delay when it stops and with a log in JSON unless the
// variables say otherwise, and waits until it is ready.
func (b Binary) Serve(t testing.TB, dir string, variables ...string) *Process {
	t.Helper()
	p := b.Begin(t, dir, nil, append([]string{"PORT=0", "OPS_ADDR=off", "RATE_LIMITS=off", "DRAIN_DELAY=0", "LOG_FORMAT=json"}, variables...)...)
	Await(t, func() error {
		found := banner.FindStringSubmatch(p.Stdout.String())
		if found == nil && !p.Alive() {
			t.Fatalf("it ended at once: %s", p.Stderr.String())
		}
		if found == nil {
			return fmt.Errorf("it does not get ready: %s", p.Stderr.String())
		}
		p.URL = found[1]
		return nil
	})
	return p
}

// Address is where the process listens, as host:port.
func (p *Process) Address() string {
	_, address, _ := strings.Cut(p.URL, "://")
	return address
}

// Kill ends the process with SIGKILL, if it runs, and waits for its end.
func (p *Process) Kill() {
	_ = p.Cmd.Process.Kill()
	<-p.Exited
}

// Alive reports whether the process has not ended.
func (p *Process) Alive() bool {
	select {
	case <-p.Exited:
		return false
	default:
		return true
	}
}

// ExitCode waits for the end of the process.
func (p *Process) ExitCode() int {
	p.t.Helper()
	select {
	case <-p.Exited:
	case <-time.After(longestWait):
		p.t.Fatalf("it does not end: %s", p.Stderr.String())
	}
	return p.Cmd.ProcessState.ExitCode()
}

// Stop sends a signal, after which the process must end with exit code 0.
func (p *Process) Stop(signal os.Signal) {
	p.t.Helper()
	if err := p.Cmd.Process.Signal(signal); err != nil {
		p.t.Fatal(err)
	}
	if code := p.ExitCode(); code != 0 {
		p.t.Errorf("%v: exit code %d: %s", signal, code, p.Stderr.String())
	}
}

// built builds the program once, beside the test binary, whose folder
// `go test` removes.
var built = sync.OnceValues(func() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	path := filepath.Join(filepath.Dir(self), "sallyport-under-test")
	return path, Build(context.Background(), path)
})

// Build builds the program as it is shipped, with these further flags of `go build`,
// and copies it to path. It is `go run` that builds: it keeps programs in the build
// cache, and so all packages of one `go test` link it once.
func Build(ctx context.Context, path string, flags ...string) error {
	args := slices.Concat([]string{"run", "-exec", "cp", "-trimpath"}, flags, []string{".", path})
	command := exec.CommandContext(ctx, "go", args...)
	command.Dir = Root()
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("build the program: %w: %s", err, out)
	}
	return nil
}
