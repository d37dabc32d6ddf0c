package harness

import (
	"fmt"
	"io"
	"net"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// Redis is a private Redis server that a test can stop and start again.
type Redis struct {
	URL     string
	t       testing.TB
	program string
	port    string
	running *exec.Cmd
}

// NewRedis starts a Redis server, which ends with the test.
func NewRedis(t testing.TB) *Redis {
	t.Helper()
	r := &Redis{t: t, program: Program(t, "redis-server", "redis-server")}
	port := FreePort(t)
	r.port = strconv.Itoa(port)
	r.URL = fmt.Sprintf("redis://127.0.0.1:%d/0", port)
	t.Cleanup(r.Stop)
	r.Start()
	return r
}

// Start starts the server, empty, and waits until it answers.
func (r *Redis) Start() {
	r.t.Helper()
	command := exec.Command(r.program, "--port", r.port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", r.t.TempDir())
	var said Log
	command.Stdout, command.Stderr = &said, &said
	if err := command.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.running = command
	Await(r.t, func() error {
		connection, err := net.Dial("tcp", r.Address())
		if err != nil {
			return fmt.Errorf("redis-server does not answer: %w: %s", err, said.String())
		}
		return connection.Close()
	})
}

// Address is where the server listens, as host:port.
func (r *Redis) Address() string { return net.JoinHostPort("127.0.0.1", r.port) }

// Hang makes the server take connections and answer none of them.
func (r *Redis) Hang() { r.t.Helper(); r.HangFor(10 * time.Minute) }

// HangFor makes the server answer nothing for this long. Then it does what it was
// asked meanwhile.
func (r *Redis) HangFor(d time.Duration) {
	r.t.Helper()
	r.Command(fmt.Sprintf("CLIENT PAUSE %d", d.Milliseconds()))
}

// Command has the server do what it answers with OK.
func (r *Redis) Command(command string) {
	r.t.Helper()
	connection, err := net.Dial("tcp", r.Address())
	if err != nil {
		r.t.Fatal(err)
	}
	defer connection.Close()
	answer := make([]byte, len("+OK"))
	if _, err := fmt.Fprint(connection, command+"\r\n"); err != nil {
		r.t.Fatal(err)
	}
	if _, err := io.ReadFull(connection, answer); err != nil || string(answer) != "+OK" {
		r.t.Fatalf("%s: %q, %v", command, answer, err)
	}
}

// Stop ends the server and all it holds.
func (r *Redis) Stop() {
	if r.running == nil {
		return
	}
	_ = r.running.Process.Signal(syscall.SIGKILL)
	_ = r.running.Wait() // killed: an error is what it should be
	r.running = nil
}
