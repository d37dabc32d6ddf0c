package harness

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

const processPatience = 30 * time.Second // for a start or an end on a busy machine

// Process is the built program running by itself, with nothing in its
// environment but what the test gave it.
type Process struct {
	URL    string       // of a server that is ready
	HTTP   *http.Client // for Send; it checks every answer against openapi.yaml
	Stdout Log
	Stderr Log
	Cmd    *exec.Cmd
	Exited chan struct{} // closed when it has ended
	t      testing.TB
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

// Begin starts the program in the folder dir with these arguments, and kills
// it when the test ends.
func (b Binary) Begin(t testing.TB, dir string, args []string, variables ...string) *Process {
	t.Helper()
	p := &Process{t: t, Cmd: exec.Command(string(b), args...), Exited: make(chan struct{})}
	p.HTTP = &http.Client{Transport: Validated(t, http.DefaultTransport)}
	p.Cmd.Dir = dir
	p.Cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}, variables...)
	p.Cmd.Stdout, p.Cmd.Stderr = &p.Stdout, &p.Stderr
	if err := p.Cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = p.Cmd.Wait(); close(p.Exited) }()
	t.Cleanup(p.Kill)
	return p
}

var banner = regexp.MustCompile(`ready at (https?://\S+)\n`)

// Serve starts the server in the folder dir, on a free port and without rate
// limits unless the variables say otherwise, and waits until it is ready.
func (b Binary) Serve(t testing.TB, dir string, variables ...string) *Process {
	t.Helper()
	p := b.Begin(t, dir, nil, append([]string{"PORT=0", "RATE_LIMITS=off"}, variables...)...)
	for deadline := time.Now().Add(processPatience); ; time.Sleep(2 * time.Millisecond) { // another process: there is no clock to inject
		if found := banner.FindStringSubmatch(p.Stdout.String()); found != nil {
			p.URL = found[1]
			return p
		}
		select {
		case <-p.Exited:
			t.Fatalf("it ended at once: %s", p.Stderr.String())
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("it does not get ready: %s", p.Stderr.String())
		}
	}
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
	case <-time.After(processPatience):
		p.t.Fatalf("it does not end: %s", p.Stderr.String())
	}
	return p.Cmd.ProcessState.ExitCode()
}

// Stop ends the process with a signal that it must obey without complaint.
func (p *Process) Stop(signal os.Signal) {
	p.t.Helper()
	if err := p.Cmd.Process.Signal(signal); err != nil {
		p.t.Fatal(err)
	}
	if code := p.ExitCode(); code != 0 {
		p.t.Errorf("%v: exit code %d: %s", signal, code, p.Stderr.String())
	}
}

// Send sends one JSON request, with an access token unless it is "".
func (p *Process) Send(method, path, access, body string) Answer {
	p.t.Helper()
	answer, err := p.Try(p.HTTP, method, path, access, body)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer
}

// Try is [Process.Send] through a client of the caller's. The error is that of
// a connection which brought no whole answer.
func (p *Process) Try(client *http.Client, method, path, access, body string) (Answer, error) {
	request, err := http.NewRequest(method, p.URL+path, strings.NewReader(body))
	if err != nil {
		return Answer{}, err
	}
	request.Header.Set("Content-Type", "application/json")
	if access != "" {
		request.Header.Set("Authorization", "Bearer "+access)
	}
	response, err := client.Do(request)
	if err != nil {
		return Answer{}, err
	}
	defer response.Body.Close()
	return TryRead(response)
}

// built builds the program once, beside the test binary, whose folder
// `go test` removes.
var built = sync.OnceValues(func() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	path := filepath.Join(filepath.Dir(self), "sallyport-under-test")
	command := exec.Command("go", "build", "-o", path, ".")
	command.Dir = Root()
	if out, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})
