// Package harness runs the whole program inside a test: the real handlers on a
// real server and a real database, with a clock that the test moves and clients
// whose every answer is checked against openapi.yaml. Most tests need [Start],
// or [OnEachDatabase], and [Server.SignUp]. Tests of the built program need
// [Built] and [Binary.Serve].
package harness

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"sallyport/auth/password"
	"sallyport/config"
	"sallyport/internal/ratelimit"
	"sallyport/internal/serve"
	"sallyport/middleware"
	"sallyport/models"
)

// The secrets that every test server signs with unless a variable sets others.
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

// OnEachDatabase runs the test on SQLite and on PostgreSQL, each on a server of
// its own with these variables. They run at the same time, and at that of other
// parallel tests.
func OnEachDatabase(t *testing.T, test func(t *testing.T, server *Server), variables ...string) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, Start(t, variables...))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, Start(t, slices.Concat(variables, []string{"DATABASE_URL=" + PostgresURL(t)})...))
	})
}

// Start runs the program on a fresh SQLite database with these variables, each
// as NAME=value, and stops it when the test ends. It has no rate limits unless
// a variable sets them: all clients of a test share one address.
func Start(t testing.TB, variables ...string) *Server {
	t.Helper()
	return start(t, cheapHasher(t), variables)
}

// StartHashing is [Start] with passwords hashed at this cost; Start's
// hashes cost almost nothing.
func StartHashing(t testing.TB, params password.Params, variables ...string) *Server {
	t.Helper()
	return start(t, hasherOf(t, params), variables)
}

func start(t testing.TB, hasher *password.Hasher, variables []string) *Server {
	t.Helper()
	s := &Server{Clock: NewClock(), Log: &Log{}, Config: configured(t, variables)}
	log := slog.New(middleware.LogLines(s.logHandler()))
	var err error
	if s.Store, err = OpenStore(t.Context(), s.Config.Database, log); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Store.Close() })
	if _, err := s.Store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Handler, err = Parts{Config: s.Config, Store: s.Store, Counters: s.limitCounters(t), Hasher: hasher, Now: s.Clock.Now, Log: log}.Handler()
	if err != nil {
		t.Fatal(err)
	}
	s.listen(t, log)
	return s
}

func (s *Server) logHandler() slog.Handler {
	options := &slog.HandlerOptions{Level: s.Config.LogLevel}
	if s.Config.LogJSON {
		return slog.NewJSONHandler(s.Log, options)
	}
	return slog.NewTextHandler(s.Log, options)
}

func (s *Server) listen(t testing.TB, log *slog.Logger) {
	s.tls = httptest.NewUnstartedServer(s.Handler)
	s.tls.Config = serve.New(s.Handler, serve.Recommended, log)
	s.tls.StartTLS()
	plain := httptest.NewUnstartedServer(s.Handler)
	plain.Config = serve.New(s.Handler, serve.Recommended, log)
	plain.Start()
	t.Cleanup(s.tls.Close)
	t.Cleanup(plain.Close)
	s.URL = s.tls.URL
	s.PlainURL = strings.Replace(plain.URL, "127.0.0.1", "localhost", 1)
}

// limitCounters are in the server's own memory, or in the Redis of REDIS_URL.
func (s *Server) limitCounters(t testing.TB) ratelimit.Counters {
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
