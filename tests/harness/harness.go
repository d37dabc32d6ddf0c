// Package harness runs the whole program inside a test: the real handlers on a
// real server and a real database, with a clock that the test moves and a
// client whose every answer is checked against openapi.yaml. Most tests need
// [Start] and [Server.Client].
package harness

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"sallyport/auth/password"
	"sallyport/config"
	"sallyport/internal/ratelimit"
	"sallyport/internal/serve"
	"sallyport/middleware"
	"sallyport/models"
	"sallyport/wire"
)

// The secrets every test server signs with unless told otherwise.
const (
	AccessSecret  = "Xq7vR2mK9tLw4pZc8nYb3sHd6fJg1aUe"
	RefreshSecret = "Bn5hT8wQ2kVx7rMz4cPy9dLs3gFj6eAu"
)

// Server is the program as one test runs it.
type Server struct {
	URL      string // https://127.0.0.1:port, for Go clients, whose jars keep Secure cookies off plain HTTP
	PlainURL string // http://localhost:port, for curl and browsers
	Clock    *Clock
	Log      *Log
	Store    *models.Store
	Config   config.Config
	Handler  http.Handler // the program itself, for a test that serves it in another way
	tls      *httptest.Server
}

// Start runs the program on a fresh SQLite database with these variables, each
// as NAME=value, and stops it when the test ends. It has no rate limits unless
// a variable sets them: all clients of a test share one address.
func Start(t testing.TB, variables ...string) *Server {
	t.Helper()
	return StartIn(t, t.TempDir(), variables...)
}

// StartHashing is [Start] with passwords hashed at this cost instead of a
// token one.
func StartHashing(t testing.TB, params password.Params, variables ...string) *Server {
	t.Helper()
	return start(t, t.TempDir(), hasherOf(t, params), variables...)
}

// StartIn is [Start] in a folder of the caller's, which may hold a database of
// an earlier start.
func StartIn(t testing.TB, dir string, variables ...string) *Server {
	t.Helper()
	return start(t, dir, cheapHasher(t), variables...)
}

func start(t testing.TB, dir string, hasher *password.Hasher, variables ...string) *Server {
	t.Helper()
	s := &Server{Clock: NewClock(), Log: &Log{}, Config: configured(t, dir, variables)}
	log := slog.New(middleware.LogLines(s.logHandler()))
	var err error
	s.Store, err = models.Open(t.Context(), models.Driver(s.Config.Database.Driver), s.Config.Database.DSN, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Store.Close() })
	if _, err := s.Store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.serve(t, hasher, log)
	return s
}

// configured returns the configuration of these variables in this folder.
func configured(t testing.TB, dir string, variables []string) config.Config {
	t.Helper()
	cfg, err := config.Load(append([]string{
		"ACCESS_TOKEN_SECRET=" + AccessSecret,
		"REFRESH_TOKEN_SECRET=" + RefreshSecret,
		"RATE_LIMITS=off",
	}, variables...), dir, false)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func (s *Server) logHandler() slog.Handler {
	options := &slog.HandlerOptions{Level: s.Config.LogLevel}
	if s.Config.LogJSON {
		return slog.NewJSONHandler(s.Log, options)
	}
	return slog.NewTextHandler(s.Log, options)
}

func (s *Server) serve(t testing.TB, hasher *password.Hasher, log *slog.Logger) {
	handler, err := wire.Handler(wire.Parts{
		Config: s.Config, Store: s.Store, Counters: s.counters(t), Hasher: hasher, Spec: Spec(t), Now: s.Clock.Now, Log: log, Requests: log,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Handler = handler
	s.tls = httptest.NewUnstartedServer(handler)
	s.tls.Config = serve.New(handler, serve.Recommended, log)
	s.tls.StartTLS()
	plain := httptest.NewUnstartedServer(handler)
	plain.Config = serve.New(handler, serve.Recommended, log)
	plain.Start()
	t.Cleanup(s.tls.Close)
	t.Cleanup(plain.Close)
	s.URL = s.tls.URL
	s.PlainURL = fmt.Sprintf("http://localhost:%d", port(plain))
}

// counters are in the server's own memory, or in the Redis of REDIS_URL.
func (s *Server) counters(t testing.TB) ratelimit.Counters {
	if s.Config.Limits.RedisURL == "" {
		return ratelimit.NewMemory(s.Clock.Now)
	}
	counters, err := ratelimit.OpenRedis(t.Context(), s.Config.Limits.RedisURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { counters.Close() })
	return counters
}

// cheapHasher hashes with little work: what it costs is measured elsewhere.
func cheapHasher(t testing.TB) *password.Hasher {
	t.Helper()
	return hasherOf(t, password.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
}

func hasherOf(t testing.TB, params password.Params) *password.Hasher {
	t.Helper()
	hasher, err := password.NewHasher(params)
	if err != nil {
		t.Fatal(err)
	}
	return hasher
}

// Root is the repository's folder.
func Root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..")
}

// Spec is openapi.yaml.
func Spec(t testing.TB) []byte {
	spec, err := os.ReadFile(filepath.Join(Root(), "openapi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

// Clock is the time as the program sees it. It starts at the real time and
// moves only when told.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock that shows the real time of this moment.
func NewClock() *Clock { return &Clock{now: time.Now().UTC()} }

// Now returns what the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Log collects what the program logs.
type Log struct {
	mu    sync.Mutex
	bytes bytes.Buffer
}

// Write implements io.Writer.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bytes.Write(p)
}

// String returns everything logged so far.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bytes.String()
}

func port(s *httptest.Server) int {
	var port int
	fmt.Sscanf(s.URL, "http://127.0.0.1:%d", &port)
	return port
}

// OnEachDatabase runs the test on SQLite and on PostgreSQL; start makes a
// server on a fresh database.
func OnEachDatabase(t *testing.T, test func(t *testing.T, start func(variables ...string) *Server)) {
	t.Run("sqlite", func(t *testing.T) {
		test(t, func(variables ...string) *Server { return Start(t, variables...) })
	})
	t.Run("postgres", func(t *testing.T) {
		url := PostgresURL(t)
		test(t, func(variables ...string) *Server { return Start(t, append(variables, "DATABASE_URL="+url)...) })
	})
}

// TLSClient returns a client that trusts the server at URL and has no jar.
func (s *Server) TLSClient() *http.Client { return s.tls.Client() }

// Ask sends one request without a jar and returns the raw answer.
func (s *Server) Ask(t testing.TB, r *http.Request) *http.Response {
	t.Helper()
	client := *s.tls.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := client.Do(r.WithContext(context.WithoutCancel(t.Context())))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	return response
}
