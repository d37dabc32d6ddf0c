// Package harness runs the whole program inside a test: the real handlers on a
// real server and a real database, with a clock that the test moves and clients
// whose every answer is checked against openapi.yaml. Most tests need [Start],
// or [OnEachDatabase], and [Server.SignUp]. Tests of the built program need
// [Built] and [Binary.Serve].
package harness

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"

	"sallyport/admin"
	"sallyport/auth/password"
	"sallyport/config"
	"sallyport/internal/logs"
	"sallyport/internal/mail"
	"sallyport/internal/redisclient"
	"sallyport/internal/serve"
	"sallyport/middleware"
	"sallyport/models"
	"sallyport/wire"
)

// The secrets that every test server signs with unless a variable sets others.
const (
	AccessSecret  = "Xq7vR2mK9tLw4pZc8nYb3sHd6fJg1aUe"
	RefreshSecret = "Bn5hT8wQ2kVx7rMz4cPy9dLs3gFj6eAu"
)

// Server is the program as one test runs it.
type Server struct {
	URL        string // https://127.0.0.1:port, for Go clients, whose jars keep Secure cookies off plain HTTP
	PlainURL   string // http://localhost:port, for curl and browsers
	Clock      *Clock
	Log        *Log
	Store      *models.Store
	Config     config.Config
	Handler    http.Handler // the program itself, for a test that serves it in another way
	Admin      *admin.Service
	Courier    *mail.Courier // delivers what waits when a test calls Deliver; see [Server.Mails]
	Sweep      func(ctx context.Context) error
	MailServer *MailServer // gets the mail of [StartWithMail]
	// Background is what no answer waits for.
	Background *Background
	tls        *httptest.Server
	further    []*models.Store // of the instances beside the first
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
		test(t, Start(t, slices.Concat(variables, []string{"DATABASE_URL=" + MigratedPostgresURL(t)})...))
	})
}

// Start runs the program on a fresh SQLite database with these variables, each
// as NAME=value, and stops it when the test ends. It has no rate limits unless
// a variable sets them: all clients of a test share one address.
func Start(t testing.TB, variables ...string) *Server {
	t.Helper()
	return start(t, cheapHasher(t), 0, variables)
}

// StartHashing is [Start] with passwords hashed at this cost; Start's
// hashes cost almost nothing.
func StartHashing(t testing.TB, params password.Params, variables ...string) *Server {
	t.Helper()
	return start(t, hasherOf(t, params), 0, variables)
}

func start(t testing.TB, hasher *password.Hasher, further int, variables []string) *Server {
	t.Helper()
	cfg, clock, log, background := configured(t, variables), NewClock(), &Log{}, &Background{}
	parts := Parts{Config: cfg, Hasher: hasher, Now: clock.Now, Background: background.run, Log: logTo(log, cfg)}
	parts.Store = openMigrated(t, cfg.Database, parts.Log)
	parts.openFurther(t, further)
	if cfg.RedisURL != "" {
		parts.Redis = OpenRedis(t, cfg.RedisURL)
	}
	s := parts.Serve(t)
	t.Cleanup(background.Wait)
	s.Clock, s.Log, s.Background = clock, log, background
	return s
}

// Serve runs the program of these parts until the test ends. The server has no
// Clock, no Log and no Background: the parts have.
func (p Parts) Serve(t testing.TB) *Server {
	t.Helper()
	program, err := p.Build()
	if err != nil {
		t.Fatal(err)
	}
	carryNews(t, program)
	handler, err := p.further(program.Handler)
	if err != nil {
		t.Fatal(err)
	}
	listen := func() *httptest.Server {
		listening := httptest.NewUnstartedServer(handler)
		listening.Config = serve.New(handler, serve.Recommended, p.Log)
		t.Cleanup(listening.Close)
		return listening
	}
	s := &Server{Config: p.Config, Store: p.Store, Handler: handler, Admin: program.Admin, Courier: program.Courier, Sweep: program.Sweep, tls: listen(), further: p.Further}
	s.tls.StartTLS()
	s.URL = s.tls.URL
	plain := listen()
	plain.Start()
	s.PlainURL = strings.Replace(plain.URL, "127.0.0.1", "localhost", 1)
	return s
}

// carryNews runs the news of the program until the test ends.
func carryNews(t testing.TB, program wire.Program) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { program.News(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
}

// logTo returns a logger of the program's lines, as the configuration has them.
func logTo(w io.Writer, cfg config.Config) *slog.Logger {
	return slog.New(middleware.LogLines(logs.New(w, logs.Options{Format: cfg.LogFormat, Level: cfg.LogLevel, Color: cfg.LogColor})))
}

// OpenRedis opens the Redis at the URL, as the program does, and closes it when
// the test ends.
func OpenRedis(t testing.TB, url string) *redis.Client {
	t.Helper()
	client, err := redisclient.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}
