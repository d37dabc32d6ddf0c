package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"sallyport/config"
	"sallyport/models"
	"sallyport/tests/harness"
)

const (
	sqliteName   = "SQLite"
	postgresName = "PostgreSQL"
)

// engine is a database the program is measured on.
type engine struct {
	name    string
	driver  models.Driver
	missing error // why nothing can be measured on it, or nil
	fresh   func(ctx context.Context) (dsn string, err error)
	fill    func(ctx context.Context, dsn string, p population) error
	kept    map[int]made // by number of users
}

func sqliteEngine(dir string) *engine {
	fresh := func(context.Context) (string, error) {
		folder, err := os.MkdirTemp(dir, "sqlite-")
		return filepath.Join(folder, "bench.db"), err
	}
	return &engine{name: sqliteName, driver: models.SQLite, fresh: fresh, fill: fillSQLite, kept: map[int]made{}}
}

// postgresEngine uses server, unless that could not be started.
func postgresEngine(server *harness.Postgres, missing error) *engine {
	fresh := func(ctx context.Context) (string, error) { return server.NewDatabase(ctx, "") }
	return &engine{name: postgresName, driver: models.Postgres, missing: missing, fresh: fresh, fill: fillPostgres, kept: map[int]made{}}
}

// filled makes a database of these users and returns its DATABASE_URL.
func (e *engine) filled(ctx context.Context, p population) (url string, err error) {
	dsn, err := e.fresh(ctx)
	if err != nil {
		return "", err
	}
	if err := migrate(ctx, e.driver, dsn); err != nil {
		return "", err
	}
	if err := e.fill(ctx, dsn, p); err != nil {
		return "", fmt.Errorf("fill a database with %d users: %w", p.users, err)
	}
	if e.driver == models.SQLite {
		return "sqlite://" + dsn, nil
	}
	return dsn, nil
}

// made is a database and who is in it.
type made struct {
	url string
	population
}

// sized is filled with so many users of one device; the second call returns
// the same database, as the first one's user left it.
func (e *engine) sized(ctx context.Context, users int) (made, error) {
	if m, ok := e.kept[users]; ok {
		return m, nil
	}
	p, err := newPopulation(users, 0)
	if err != nil {
		return made{}, err
	}
	url, err := e.filled(ctx, p)
	if err == nil {
		e.kept[users] = made{url, p}
	}
	return made{url, p}, err
}

func migrate(ctx context.Context, driver models.Driver, dsn string) error {
	store, err := harness.OpenStore(ctx, config.Database{Driver: string(driver), DSN: dsn}, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer store.Close()
	_, err = store.Migrate(ctx)
	return err
}
