package database

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/pressly/goose/v3"
)

var gooseDialects = map[Driver]goose.Dialect{SQLite: goose.DialectSQLite3, Postgres: goose.DialectPostgres}

// Migrate applies the pending migrations in the order of their numbers and
// returns their names. Instances that start together on PostgreSQL wait
// for each other. A database with which the program cannot work is [ErrSchema],
// and nothing in it has changed.
func (d *DB) Migrate(ctx context.Context, m Migrations) (applied []string, err error) {
	err = d.migrating(func(pool *sql.DB) error {
		if d.checkSchema(ctx, pool, m) == nil {
			return nil // nothing is pending, and nobody has to wait
		}
		err := d.engine.alone(ctx, pool, func() error { // only now is it certain what there is
			done, err := d.migrate(ctx, pool, m)
			applied = append(applied, done...)
			return err
		})
		if err == nil {
			err = d.checkSchema(ctx, pool, m)
		}
		return err
	})
	return applied, err
}

// migrate runs where no other instance migrates; one may have done so just now.
func (d *DB) migrate(ctx context.Context, pool *sql.DB, m Migrations) (applied []string, err error) {
	found, err := d.inspect(ctx, pool, m)
	if err == nil {
		err = found.refusal()
	}
	if err == nil && found.list == formerTable {
		_, err = pool.ExecContext(ctx, "ALTER TABLE "+formerTable+" RENAME TO "+VersionTable)
	}
	if err != nil {
		return nil, err
	}
	provider, err := d.newProvider(pool, m.Files)
	if err != nil {
		return nil, err
	}
	results, err := provider.Up(ctx)
	for _, result := range results {
		applied = append(applied, strings.TrimSuffix(filepath.Base(result.Source.Path), ".sql"))
	}
	return applied, err
}

// migrating runs fn with a pool of its own.
func (d *DB) migrating(fn func(pool *sql.DB) error) error {
	pool, err := d.engine.migrator()
	if err != nil {
		return err
	}
	return errors.Join(fn(pool), pool.Close())
}

// newProvider allows a migration that is older than the newest applied one: the
// program's own come with a later version, and those of who extends it have
// higher numbers.
func (d *DB) newProvider(pool *sql.DB, migrations fs.FS) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations/"+string(d.driver))
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(gooseDialects[d.driver], pool, files, goose.WithTableName(VersionTable), goose.WithAllowOutofOrder(true))
}
