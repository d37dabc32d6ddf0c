package models

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"gorm.io/gorm"
)

// Driver names a database engine.
type Driver string

// The engines Sallyport runs on.
const (
	SQLite   Driver = "sqlite"
	Postgres Driver = "postgres"
)

// Open connects to the database: dsn is a file path for [SQLite], a URL for
// [Postgres]. It checks that the database answers and does not migrate it.
func Open(ctx context.Context, driver Driver, dsn string, log *slog.Logger) (*Store, error) {
	var store *Store
	var err error
	switch driver {
	case SQLite:
		store, err = openSQLite(dsn, log)
	case Postgres:
		store, err = openPostgres(dsn, log)
	default:
		return nil, fmt.Errorf("unknown database driver %q", driver)
	}
	if err != nil {
		return nil, unusable(err)
	}
	if err := store.Ping(ctx); err != nil {
		return nil, errors.Join(unusable(err), store.Close())
	}
	return store, nil
}

// unusable is the error of a database that cannot be opened, in one line: pgx
// writes several. None of them holds the password.
func unusable(err error) error {
	return fmt.Errorf("cannot open the database (DATABASE_URL and DATA_DIR say which): %s", strings.Join(strings.Fields(err.Error()), " "))
}

func gormConfig(log *slog.Logger) *gorm.Config {
	return &gorm.Config{
		Logger:                 newQueryLog(log),
		NowFunc:                now,
		TranslateError:         true,
		SkipDefaultTransaction: true, // every write is one statement
		DisableAutomaticPing:   true, // Open pings, and reports a failure once
	}
}
