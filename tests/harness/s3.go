package harness

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// Versitygw is the S3 server of the tests, as `go install` takes it.
const Versitygw = "github.com/versity/versitygw/cmd/versitygw@v1.8.0"

// S3 is a private S3 server with an empty bucket.
type S3 struct {
	Address string // host:port
	Bucket  string
	Key     string
	Secret  string
	t       testing.TB
	program string
	folder  string
	running *exec.Cmd
}

// NewS3 starts an S3 server, which ends with the test.
func NewS3(t testing.TB) *S3 {
	t.Helper()
	s := &S3{
		Address: net.JoinHostPort("127.0.0.1", strconv.Itoa(FreePort(t))), Bucket: "pictures", Key: "test-key", Secret: "test-secret/+",
		t: t, program: GoProgram(t, "versitygw", Versitygw), folder: t.TempDir(),
	}
	for _, name := range []string{"buckets/" + s.Bucket, "metadata"} {
		if err := os.MkdirAll(filepath.Join(s.folder, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(s.Stop)
	s.Start()
	return s
}

// URL is what MEDIA_URL is set to.
func (s *S3) URL() string {
	return "s3://" + s.Key + ":test-secret%2F%2B@" + s.Address + "/" + s.Bucket + "?tls=off"
}

// Start starts the server, with what it held before, and waits until it answers.
func (s *S3) Start() {
	s.t.Helper()
	command := exec.Command(s.program, "--quiet", "--port", s.Address, "--access", s.Key, "--secret", s.Secret,
		"posix", "--sidecar", filepath.Join(s.folder, "metadata"), filepath.Join(s.folder, "buckets"))
	var said Log
	command.Stdout, command.Stderr = &said, &said
	if err := command.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.running = command
	Await(s.t, func() error {
		connection, err := net.Dial("tcp", s.Address)
		if err != nil {
			return fmt.Errorf("versitygw does not answer: %w: %s", err, said.String())
		}
		return connection.Close()
	})
}

// Stop ends the server. What it holds stays.
func (s *S3) Stop() {
	if s.running == nil {
		return
	}
	_ = s.running.Process.Signal(syscall.SIGKILL)
	_ = s.running.Wait() // killed: an error is what it should be
	s.running = nil
}

// Objects returns the names of what is in the bucket.
func (s *S3) Objects() (names []string) {
	s.t.Helper()
	entries, err := os.ReadDir(filepath.Join(s.folder, "buckets", s.Bucket))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), ".") { // versitygw's own
			names = append(names, entry.Name())
		}
	}
	return names
}
