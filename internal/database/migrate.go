package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Migrate applies the pending migrations, those in the folder migrations/ of the
// engine, in order and returns how
// many there were. Instances that start together on PostgreSQL wait for each
// other.
func (d *DB) Migrate(ctx context.Context, migrations fs.FS) (applied int, err error) {
	err = d.migrating(migrations, func(provider *goose.Provider) error {
		results, err := provider.Up(ctx)
		applied = len(results)
		return err
	})
	return applied, err
}

// Pending reports whether a migration of the folder waits to be applied.
func (d *DB) Pending(ctx context.Context, migrations fs.FS) (pending bool, err error) {
	err = d.migrating(migrations, func(provider *goose.Provider) error {
		pending, err = provider.HasPending(ctx)
		return err
	})
	return pending, err
}

// migrating runs fn on a connection of its own: that of the changes would wait
// for itself.
func (d *DB) migrating(migrations fs.FS, fn func(*goose.Provider) error) error {
	name, dsn := "pgx", d.dsn
	if d.driver == SQLite {
		name, dsn = "sqlite", writingDSN(d.dsn)
	}
	pool, err := sql.Open(name, dsn)
	if err != nil {
		return err
	}
	provider, err := d.newProvider(pool, migrations)
	if err == nil {
		err = fn(provider)
	}
	return errors.Join(err, pool.Close())
}

func (d *DB) newProvider(pool *sql.DB, migrations fs.FS) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations/"+string(d.driver))
	if err != nil {
		return nil, err
	}
	if d.driver == SQLite {
		pool.SetMaxOpenConns(1)
		return goose.NewProvider(goose.DialectSQLite3, pool, files)
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return nil, fmt.Errorf("migration lock: %w", err)
	}
	return goose.NewProvider(goose.DialectPostgres, pool, files, goose.WithSessionLocker(locker))
}
