package attacks

import (
	"bufio"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"sallyport/tests/harness"
)

// holdRequest begins a request and leaves it unfinished. finish sends the rest
// and returns the answer's status.
func holdRequest(t *testing.T, p *harness.Process) (finish func() int) {
	t.Helper()
	connection := harness.Dial(t, p.Address())
	body := harness.Registration("ada")
	fmt.Fprintf(connection, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", harness.RegisterPath, len(body))
	reader := bufio.NewReader(connection)
	if interim, err := http.ReadResponse(reader, nil); err != nil || interim.StatusCode != http.StatusContinue { // it reads the body
		t.Fatal(interim, err)
	}
	return func() int {
		fmt.Fprint(connection, body)
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		return response.StatusCode
	}
}

// awaitDrain waits until the process drains. Its port would not tell: another
// process may have it by now.
func awaitDrain(t *testing.T, p *harness.Process) {
	t.Helper()
	harness.Await(t, func() error {
		if strings.Contains(p.Stderr.String(), `"event":"stopping"`) {
			return nil
		}
		return errors.New("it goes on")
	})
}

func signal(t *testing.T, p *harness.Process, which os.Signal) {
	t.Helper()
	if err := p.Cmd.Process.Signal(which); err != nil {
		t.Fatal(err)
	}
}

func TestAttack58_SIGHUPAnswersTheRequestsInFlight(t *testing.T) {
	t.Parallel()
	p := harness.Built(t).Serve(t, t.TempDir())
	finish := holdRequest(t, p)
	signal(t, p, syscall.SIGHUP)
	awaitDrain(t, p)
	signal(t, p, syscall.SIGHUP) // a closed terminal repeats itself
	if status := finish(); status != 201 {
		t.Errorf("the request in flight: %d", status)
	}
	if code := p.ExitCode(); code != 0 {
		t.Errorf("exit code %d: %s", code, p.Stderr.String())
	}
}

func TestAttack58_NohupStillWorks(t *testing.T) {
	t.Parallel()
	dir, port := t.TempDir(), harness.FreePort(t)
	command := harness.Built(t).Command(dir, nil, fmt.Sprintf("PORT=%d", port))
	command.Path, command.Args = harness.Program(t, "nohup", "coreutils"), append([]string{"nohup"}, command.Path)
	p := harness.Run(t, command)
	p.URL = fmt.Sprintf("http://127.0.0.1:%d", port)
	awaitAlive(t, p)
	signal(t, p, syscall.SIGHUP)
	for range 20 {
		p.Send("GET", "/healthz", "", "").Want(t, 200, "")
	}
	p.Stop(syscall.SIGTERM)
}

// awaitAlive waits until the process answers.
func awaitAlive(t *testing.T, p *harness.Process) {
	t.Helper()
	harness.Await(t, func() error {
		_, err := p.Try(p.HTTP, "GET", "/healthz", "", "")
		return err
	})
}

func TestAttack58_ASecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	p := harness.Built(t).Serve(t, t.TempDir())
	holdRequest(t, p)
	signal(t, p, syscall.SIGTERM)
	awaitDrain(t, p)
	began := time.Now()
	harness.Await(t, func() error {
		if !p.Alive() {
			return nil
		}
		_ = p.Cmd.Process.Signal(syscall.SIGTERM) // it may have ended meanwhile
		return errors.New("it still waits for the request")
	})
	if took := time.Since(began); took > 10*time.Second { // the request may take 15, the drain 20
		t.Errorf("it took %v", took)
	}
	if code, said := p.ExitCode(), p.Stderr.String(); code != 1 || !strings.Contains(said, "at once") {
		t.Errorf("exit code %d: %s", code, said)
	}
}

// The reader of a log goes when journald restarts, when a terminal is closed,
// and behind `| head`.
func TestAttack58_ALogThatNobodyReadsStopsNobody(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"json", "text"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			port := harness.FreePort(t)
			command := harness.Built(t).Command(t.TempDir(), nil, fmt.Sprintf("PORT=%d", port), "LOG_FORMAT="+format, "RATE_LIMITS=off")
			hangUp := pipes(t, command)
			p := harness.Run(t, command)
			p.URL = fmt.Sprintf("http://127.0.0.1:%d", port)
			awaitAlive(t, p)
			hangUp()
			access := p.SignUp("ada").Access
			p.Login("ada", harness.WrongPassword).Want(t, 401, "invalid_credentials") // a line that is written at once
			for began := time.Now(); time.Since(began) < 500*time.Millisecond; {      // some lines wait 100 ms
				p.CurrentUser(access).Want(t, 200, "")
			}
			p.Stop(syscall.SIGTERM)
		})
	}
}

// pipes makes the command write to pipes. hangUp closes their other ends.
func pipes(t *testing.T, command *exec.Cmd) (hangUp func()) {
	t.Helper()
	var readers []*os.File
	open := func() *os.File {
		reader, writer, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { reader.Close(); writer.Close() })
		readers = append(readers, reader)
		return writer
	}
	out, log := open(), open()
	command.Stdout, command.Stderr = out, log
	return func() {
		out.Close() // the test's own writing ends
		log.Close()
		for _, reader := range readers {
			reader.Close()
		}
	}
}
