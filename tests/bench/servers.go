package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"sallyport/tests/harness"
)

// lab is where the measuring happens: a folder, and the program that is measured.
type lab struct {
	options
	dir string
}

func newLab(ctx context.Context, o options, dir string) (*lab, error) {
	l := &lab{options: o, dir: dir}
	if l.program != "" {
		return l, nil
	}
	l.program = filepath.Join(dir, "sallyport")
	return l, harness.Build(ctx, l.program)
}

// environment is that of the program on this database.
func (l *lab) environment(url string, more ...string) []string {
	return slices.Concat([]string{
		"HOST=127.0.0.1", "PORT=0", "DATABASE_URL=" + url, "RATE_LIMITS=off", // all clients have one address
		"LOG_FORMAT=json", // as in production
		"ACCESS_TOKEN_SECRET=" + harness.AccessSecret, "REFRESH_TOKEN_SECRET=" + harness.RefreshSecret,
	}, more, l.variables)
}

// server is a process under measurement and where it listens.
type server struct {
	address string
	process *exec.Cmd
}

// serve starts Sallyport on this database, as a user would.
func (l *lab) serve(ctx context.Context, url string, more ...string) (*server, error) {
	command := exec.CommandContext(ctx, l.program)
	command.Dir = l.dir
	command.Env = l.environment(url, more...)
	return l.start(command)
}

// serveProfiled is serve, but where a CPU profile is wanted it starts this very
// program, which can write one.
func (l *lab) serveProfiled(ctx context.Context, url string) (*server, error) {
	if l.profile == "" {
		return l.serve(ctx, url)
	}
	return l.serveSelf(ctx, l.environment(url, profileVariable+"="+l.profile))
}

// serveSelf starts this very program as the server that environment names.
func (l *lab) serveSelf(ctx context.Context, environment []string) (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	command := exec.CommandContext(ctx, self)
	command.Dir = l.dir
	command.Env = environment
	return l.start(command)
}

var listening = regexp.MustCompile(`http://(127\.0\.0\.1:\d+)`)

// start starts a server that prints its URL. What it logs goes into a file.
func (l *lab) start(command *exec.Cmd) (*server, error) {
	log, err := os.CreateTemp(l.dir, "log-")
	if err != nil {
		return nil, err
	}
	defer log.Close() // the server has its own
	command.Stderr = log
	stdout, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	s := &server{process: command}
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		if found := listening.FindStringSubmatch(lines.Text()); found != nil {
			s.address = found[1]
			return s, nil
		}
	}
	s.stop()
	said, _ := os.ReadFile(log.Name())
	return nil, fmt.Errorf("%s did not start: %s", command.Path, said)
}

// stop asks the server to end and waits until it has.
func (s *server) stop() {
	if err := s.process.Process.Signal(os.Interrupt); err != nil && !errors.Is(err, os.ErrProcessDone) {
		_ = s.process.Process.Kill() // a system without signals
	}
	_ = s.process.Wait() // ended by a signal: an error is what it should be
}

// syncTime returns what the median small fsync takes in dir.
func syncTime(dir string) (time.Duration, error) {
	file, err := os.Create(filepath.Join(dir, "fsync"))
	if err != nil {
		return 0, err
	}
	defer file.Close()
	took := make([]time.Duration, 101)
	for i := range took {
		start := time.Now()
		if _, err := file.Write(make([]byte, 4096)); err != nil {
			return 0, err
		}
		if err := file.Sync(); err != nil {
			return 0, err
		}
		took[i] = time.Since(start)
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}
