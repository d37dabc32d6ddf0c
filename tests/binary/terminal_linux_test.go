package binary

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"sallyport/tests/harness"
)

// terminal returns both ends of a new terminal: a program's, and that of who
// watches it. They are closed when the test ends.
func terminal(t *testing.T) (program, watcher *os.File) {
	t.Helper()
	watcher, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { watcher.Close() })
	number, err := unix.IoctlGetInt(int(watcher.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(watcher.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { program.Close() })
	return program, watcher
}

// onTerminal starts the server in the folder on a terminal, with nothing set but
// a free port and these variables, and returns what it writes there.
func onTerminal(t *testing.T, dir string, variables ...string) (url string, written *harness.Log) {
	t.Helper()
	end, watcher := terminal(t)
	command := exec.Command(string(harness.Built(t)))
	command.Dir, command.Stdout, command.Stderr = dir, end, end
	command.Env = append([]string{"PORT=0", "HOME=" + dir}, variables...)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill(); _ = command.Wait() })
	written = &harness.Log{}
	go func() {
		buffer := make([]byte, 4096)
		for {
			n, err := watcher.Read(buffer)
			if err != nil { // closed
				return
			}
			_, _ = written.Write([]byte(strings.ReplaceAll(string(buffer[:n]), "\r", "")))
		}
	}()
	harness.Await(t, func() error {
		if found := regexp.MustCompile(`(http://\S+)/docs\n\n`).FindStringSubmatch(written.String()); found != nil {
			url = found[1]
			return nil
		}
		return fmt.Errorf("it does not get ready: %s", written)
	})
	return url, written
}

func TestTerminal_TheStartSaysWhereAndNothingElse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, first := onTerminal(t, dir)
	if log := first.String(); strings.Count(log, "\n") != 7 || !strings.Contains(log, "generated the missing token secrets into data/secrets.env\n") {
		t.Errorf("the first start says %q", log)
	}
	url, second := onTerminal(t, dir)
	want := fmt.Sprintf("\n  Sallyport is ready at %s\n  Database:             data/sallyport.db\n  Mail is kept in:      data/outbox\n  API reference:        %s/docs\n\n", url, url)
	if second.String() != want {
		t.Errorf("the next start says %q, want %q", second, want)
	}
}

func TestTerminal_OneLineARequestInOrderAndInColour(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		variable string
		colored  bool
	}{{"NO_COLOR=", true}, {"NO_COLOR=1", false}, {"LOG_FORMAT=text", false}} {
		t.Run(tt.variable, func(t *testing.T) {
			t.Parallel()
			url, written := onTerminal(t, t.TempDir(), tt.variable)
			before := len(written.String())
			api := harness.NewAPI(t, url, &http.Client{Transport: harness.Validated(t, http.DefaultTransport)})
			access := api.SignUp("ada").Access
			api.CurrentUser(access).Want(t, 200, "")
			api.Send("GET", "/api/v1/nothing?secret", "", "").Want(t, 404, "not_found")
			var log string
			harness.Await(t, func() error { // nothing is waited for but the terminal
				if log = written.String()[before:]; !strings.Contains(log, "api/v1/nothing") {
					return fmt.Errorf("only %q", log)
				}
				return nil
			})
			if colored := strings.Contains(log, "\x1b["); colored != tt.colored {
				t.Errorf("coloured: %v, want %v: %q", colored, tt.colored, log)
			}
			if tt.variable == "LOG_FORMAT=text" {
				return
			}
			plain := regexp.MustCompile(`\x1b\[\d*m`).ReplaceAllString(log, "")
			plain = regexp.MustCompile(`(?m)^.* mail .*\n`).ReplaceAllString(plain, "") // which comes when it comes
			for i, want := range []string{
				`INF account created and signed in event=registered factors=password userId=\S{36} sessionId=\S{36}`,
				`INF POST /api/v1/auth/register 201 [\d.]+ ms -`,
				`INF GET /api/v1/users/current-user 200 [\d.]+ ms [0-9a-f]{8}`,
				`INF GET /api/v1/nothing 404 not_found [\d.]+ ms -`,
			} {
				if line := strings.Split(plain, "\n")[i]; !regexp.MustCompile(`^\d\d:\d\d:\d\d ` + want + `$`).MatchString(line) {
					t.Errorf("line %d is %q", i, line)
				}
			}
		})
	}
}
