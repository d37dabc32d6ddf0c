package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/gin-gonic/gin"
)

// bareVariable tells this program to be the bare Gin server.
const bareVariable = "SALLYPORT_BENCH_BARE"

// servers are the processes under measurement and where they listen.
type servers struct {
	sallyport, bare string
	running         []*exec.Cmd
}

// startServers builds and starts Sallyport with its data in dir, and the bare
// Gin server. Both are killed when ctx ends.
func startServers(ctx context.Context, dir string, variables []string) (*servers, error) {
	s := &servers{}
	program := filepath.Join(dir, "sallyport")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", program, "sallyport").CombinedOutput(); err != nil {
		return s, fmt.Errorf("go build: %w: %s", err, out)
	}
	self, err := os.Executable()
	if err != nil {
		return s, err
	}
	sallyport := exec.CommandContext(ctx, program)
	sallyport.Dir = dir
	sallyport.Env = append([]string{"HOST=127.0.0.1", "PORT=0"}, variables...)
	if s.sallyport, err = s.start(sallyport, filepath.Join(dir, "sallyport.log")); err != nil {
		return s, err
	}
	bare := exec.CommandContext(ctx, self)
	bare.Env = []string{bareVariable + "=on"}
	s.bare, err = s.start(bare, filepath.Join(dir, "bare.log"))
	return s, err
}

var listening = regexp.MustCompile(`http://(127\.0\.0\.1:\d+)`)

// start starts a server that prints its URL, and returns its address.
func (s *servers) start(command *exec.Cmd, log string) (address string, err error) {
	file, err := os.Create(log)
	if err != nil {
		return "", err
	}
	defer file.Close() // the server has its own
	command.Stderr = file
	stdout, err := command.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := command.Start(); err != nil {
		return "", err
	}
	s.running = append(s.running, command)
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		if found := listening.FindStringSubmatch(lines.Text()); found != nil {
			return found[1], nil
		}
	}
	said, _ := os.ReadFile(log)
	return "", fmt.Errorf("%s did not start: %s", command.Path, said)
}

// wait waits until the killed servers are gone.
func (s *servers) wait() {
	for _, command := range s.running {
		_ = command.Wait() // killed: an error is what it should be
	}
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

type (
	bareAnswer struct {
		StatusCode int      `json:"statusCode"`
		Success    bool     `json:"success"`
		Message    string   `json:"message"`
		Data       bareUser `json:"data"`
	}
	bareUser struct {
		ID            string    `json:"id"`
		Username      string    `json:"username"`
		Email         string    `json:"email"`
		FullName      string    `json:"fullName"`
		Avatar        string    `json:"avatar"`
		CoverImage    string    `json:"coverImage"`
		Role          string    `json:"role"`
		EmailVerified bool      `json:"emailVerified"`
		CreatedAt     time.Time `json:"createdAt"`
		UpdatedAt     time.Time `json:"updatedAt"`
	}
)

// serveBare answers with the JSON of current-user and does nothing else.
func serveBare() error {
	now := time.Now().UTC().Truncate(time.Microsecond)
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.GET("/", func(c *gin.Context) {
		c.JSON(http.StatusOK, bareAnswer{http.StatusOK, true, "Current user", bareUser{
			ID: "01890a5d-ac96-774b-bcce-b302099a8057", Username: "ada1", Email: "ada1@example.com",
			FullName: "Ada Lovelace", Role: "user", CreatedAt: now, UpdatedAt: now,
		}})
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("http://%s\n", listener.Addr())
	return http.Serve(listener, engine)
}
