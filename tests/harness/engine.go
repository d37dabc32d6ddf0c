package harness

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"sallyport/auth/password"
	"sallyport/config"
	"sallyport/models"
)

// Engine is the program without sockets: the real handlers on a real database,
// for tests that send more requests than a server could take. It is an
// http.RoundTripper and serves in the goroutine of its caller.
type Engine struct {
	Clock     *Clock
	config    config.Config
	hasher    *password.Hasher
	instances int
	stores    []*models.Store // one of each instance
	handler   http.Handler
}

// NewEngine returns the program on a fresh SQLite file with these variables, each
// as NAME=value, and closes it when the test ends.
func NewEngine(t testing.TB, variables ...string) *Engine {
	t.Helper()
	return newEngine(t, 1, variables)
}

// NewEngines returns three instances on a fresh PostgreSQL; see [OnEachDeployment].
func NewEngines(t testing.TB, variables ...string) *Engine {
	t.Helper()
	return newEngine(t, 1+furtherInstances, slices.Concat(variables, onePostgres(t)))
}

func newEngine(t testing.TB, instances int, variables []string) *Engine {
	t.Helper()
	e := &Engine{Clock: NewClock(), config: configured(t, variables), hasher: cheapHasher(t), instances: instances}
	if err := e.open(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.close() }) // what it did is in the answers
	if _, err := e.stores[0].Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return e
}

// Restart closes the program, all instances of it, and starts it again on the same
// database: nothing that it only remembered is left.
func (e *Engine) Restart() error {
	return errors.Join(e.close(), e.open())
}

func (e *Engine) close() (err error) {
	for _, store := range e.stores {
		err = errors.Join(err, store.Close())
	}
	e.stores = nil
	return err
}

func (e *Engine) open() error {
	log := slog.New(slog.DiscardHandler)
	for range e.instances {
		store, err := OpenStore(context.Background(), e.config.Database, log)
		if err != nil {
			return err
		}
		e.stores = append(e.stores, store)
	}
	parts := Parts{Config: e.config, Store: e.stores[0], Further: e.stores[1:], Hasher: e.hasher, Now: e.Clock.Now, Log: log}
	program, err := parts.Build()
	if err != nil {
		return err
	}
	e.handler, err = parts.further(program.Handler)
	return err
}

// RoundTrip implements http.RoundTripper.
func (e *Engine) RoundTrip(r *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	e.handler.ServeHTTP(recorder, r)
	return recorder.Result(), nil
}
