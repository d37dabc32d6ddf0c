package binary

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"sallyport/tests/harness"
)

// person runs a command on a terminal. What it writes there is read, so that it
// never has to wait.
type person struct {
	t       *testing.T
	p       *harness.Process
	watcher *os.File
	end     *os.File
	shown   harness.Log // what the terminal itself shows
	said    harness.Log // what the command writes to standard error
}

func atTerminal(t *testing.T, dir, args string) *person {
	t.Helper()
	end, watcher := terminal(t)
	who := &person{t: t, watcher: watcher, end: end}
	command := harness.Built(t).Command(dir, strings.Fields(args))
	command.Stdin, command.Stdout, command.Stderr = end, &who.shown, &who.said
	who.p = harness.Run(t, command)
	go func() {
		buffer := make([]byte, 4096)
		for {
			n, err := watcher.Read(buffer)
			if err != nil { // closed
				return
			}
			_, _ = who.shown.Write(buffer[:n])
		}
	}()
	return who
}

func (who *person) echoes() bool {
	who.t.Helper()
	state, err := unix.IoctlGetTermios(int(who.end.Fd()), unix.TCGETS)
	if err != nil {
		who.t.Fatal(err)
	}
	return state.Lflag&unix.ECHO != 0
}

// asked waits for the question, and for the terminal to hide the answer.
func (who *person) asked(question string, hidden bool) {
	who.t.Helper()
	harness.Await(who.t, func() error {
		if !strings.Contains(who.said.String(), question) || who.echoes() == hidden {
			return fmt.Errorf("it asks %q", who.said.String())
		}
		return nil
	})
}

// controlD is what a person presses who has nothing to say.
const controlD = "\x04"

func (who *person) writes(keys string) {
	who.t.Helper()
	if _, err := who.watcher.WriteString(keys); err != nil {
		who.t.Fatal(err)
	}
}

// left waits for the end, after which the terminal has to be as it was.
func (who *person) left(code int, says string) {
	who.t.Helper()
	got := who.p.ExitCode()
	if got != code || !strings.Contains(who.shown.String()+who.said.String(), says) || !who.echoes() {
		who.t.Errorf("exit code %d, want %d and %q; the terminal shows what is written: %v\n%s\n%s", got, code, says, who.echoes(), who.shown.String(), who.said.String())
	}
}

func TestUserCreate_AsksTwiceAndShowsNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	runCommand(t, dir, "", "migrate", "DATA_DIR=data").want(t, 0, "")
	for _, tt := range []struct {
		name, second string
		code         int
		says         string
	}{
		{"ada", harness.Password + "\n", 0, "created user ada"},
		{"bob", harness.NextPassword + "\n", 1, "the two passwords differ"},
	} {
		who := atTerminal(t, dir, fmt.Sprintf("user create %s %[1]s@example.com", tt.name))
		who.asked("Password: ", true)
		who.writes(harness.Password + "\n")
		who.asked("The same again: ", true)
		who.writes(tt.second)
		who.left(tt.code, tt.says)
		if shown := who.shown.String() + who.said.String(); strings.Contains(shown, harness.Password) {
			t.Errorf("the terminal shows the password: %s", shown)
		}
	}
	runCommand(t, dir, "", "user show bob").want(t, 3, "")
	serve(t, dir).SignIn("ada")
}

func TestUserCreate_ASignalLeavesTheTerminalAsItWas(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	runCommand(t, dir, "", "migrate", "DATA_DIR=data").want(t, 0, "")
	who := atTerminal(t, dir, "user create ada ada@example.com")
	who.asked("Password: ", true)
	if err := who.p.Cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	who.left(1, "canceled")
	runCommand(t, dir, "", "user show ada").want(t, 3, "")
}

func TestUserDelete_AsksForTheName(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	runCommand(t, dir, "", "migrate", "DATA_DIR=data").want(t, 0, "")
	runCommand(t, dir, harness.Password, "user create ada ada@example.com").want(t, 0, "")
	for _, tt := range []struct {
		answer string
		code   int
		says   string
	}{{"y\n", 1, "not confirmed"}, {controlD, 1, "not confirmed"}, {"ada\n", 0, "deleted ada"}} {
		who := atTerminal(t, dir, "user delete Ada@example.com")
		who.asked("Delete ada (ada@example.com) for ever? Write ada to go on: ", false)
		who.writes(tt.answer)
		who.left(tt.code, tt.says)
	}
	runCommand(t, dir, "", "user show ada").want(t, 3, "")
}
