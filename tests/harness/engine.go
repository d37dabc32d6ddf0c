package harness

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"sallyport/auth/password"
	"sallyport/config"
	"sallyport/models"
)

// Engine is the program without sockets: the real handlers on a real SQLite
// file, for tests that send more requests than a server could take. It is an
// http.RoundTripper and serves in the goroutine of its caller.
type Engine struct {
	Clock   *Clock
	config  config.Config
	hasher  *password.Hasher
	store   *models.Store
	handler http.Handler
}

// NewEngine returns the program on a fresh database with these variables, each
// as NAME=value, and closes it when the test ends.
func NewEngine(t testing.TB, variables ...string) *Engine {
	t.Helper()
	e := &Engine{Clock: NewClock(), config: configured(t, variables), hasher: cheapHasher(t)}
	if err := e.open(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.store.Close() })
	if _, err := e.store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return e
}

// Restart closes the program and starts it again on the same file: nothing
// that it only remembered is left.
func (e *Engine) Restart() error {
	return errors.Join(e.store.Close(), e.open())
}

func (e *Engine) open() (err error) {
	log := slog.New(slog.DiscardHandler)
	if e.store, err = OpenStore(context.Background(), e.config.Database, log); err != nil {
		return err
	}
	program, err := Parts{Config: e.config, Store: e.store, Hasher: e.hasher, Now: e.Clock.Now, Log: log}.Build()
	e.handler = program.Handler
	return err
}

// RoundTrip implements http.RoundTripper.
func (e *Engine) RoundTrip(r *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	e.handler.ServeHTTP(recorder, r)
	return recorder.Result(), nil
}
