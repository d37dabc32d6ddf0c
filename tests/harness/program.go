package harness

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"sallyport/auth/password"
	"sallyport/config"
	"sallyport/internal/mail"
	"sallyport/internal/ratelimit"
	"sallyport/models"
	"sallyport/wire"
)

// Parts are what the program is wired from. A test may leave out Hasher,
// Templates, and Counters, which then are in memory.
type Parts struct {
	Config    config.Config
	Store     *models.Store
	Further   []*models.Store // of further instances on the same database: [Parts.Serve] gives each request to the next instance
	Hasher    *password.Hasher
	Templates *mail.Templates
	Redis     *redis.Client      // nil: there is none
	Counters  ratelimit.Counters // of the rate limits
	Now       func() time.Time
	// Background is how the program runs what no answer waits for. Without one,
	// before the answer, so that a test sees the effect.
	Background func(task func())
	Log        *slog.Logger
}

// Background runs what no answer waits for. It does so before the answer, so that
// a test sees the effect, until [Background.Detach].
type Background struct {
	detached bool
	running  sync.WaitGroup
}

// Detach lets tasks run in goroutines, as the program does. Call it before the
// first request.
func (b *Background) Detach() { b.detached = true }

// Wait returns when no task runs. No request may be in flight.
func (b *Background) Wait() { b.running.Wait() }

func (b *Background) run(task func()) {
	if b.detached {
		b.running.Go(task)
		return
	}
	task()
}

// templates are those of a program with the address of development: to check them
// takes 17 ms.
var templates = sync.OnceValues(func() (*mail.Templates, error) { return mail.LoadTemplates("", "localhost") })

// Build wires the program. Every test does it here.
func (p Parts) Build() (wire.Program, error) {
	spec, err := Spec()
	if err != nil {
		return wire.Program{}, err
	}
	if p.Templates == nil {
		if p.Templates, err = templates(); err != nil {
			return wire.Program{}, err
		}
	}
	if p.Counters == nil && p.Redis == nil {
		p.Counters = ratelimit.NewMemory(p.Now)
	}
	if p.Background == nil {
		p.Background = func(task func()) { task() }
	}
	return wire.New(wire.Parts{
		Config: p.Config, Store: p.Store, Redis: p.Redis, Counters: p.Counters, Hasher: p.Hasher, Templates: p.Templates, Spec: spec, Now: p.Now, Background: p.Background, Draining: func() bool { return false }, Log: p.Log, Requests: p.Log,
	})
}

// OpenStore opens the database of a configuration, without migrating it.
func OpenStore(ctx context.Context, database config.Database, log *slog.Logger) (*models.Store, error) {
	return models.Open(ctx, models.Options{Driver: models.Driver(database.Driver), DSN: database.DSN, MaxConns: database.MaxConns}, log)
}

// configured returns the configuration of these variables, with a folder of
// its own for data.
func configured(t testing.TB, variables []string) config.Config {
	t.Helper()
	cfg, err := config.Load(append([]string{
		"ACCESS_TOKEN_SECRET=" + AccessSecret,
		"REFRESH_TOKEN_SECRET=" + RefreshSecret,
		"RATE_LIMITS=off",
		"LOG_FORMAT=json",
	}, variables...), t.TempDir(), false)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
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

// Root is the repository's folder. Tests run in one below it.
func Root() string { return root() }

var root = sync.OnceValue(func() string {
	dir, err := os.Getwd()
	for ; err == nil; dir = filepath.Dir(dir) {
		if _, missing := os.Stat(filepath.Join(dir, "go.mod")); missing == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			err = errors.New("no go.mod here or above")
		}
	}
	if err != nil {
		panic(err)
	}
	return dir
})

// Spec is openapi.yaml.
func Spec() ([]byte, error) {
	return os.ReadFile(filepath.Join(Root(), "openapi.yaml"))
}
