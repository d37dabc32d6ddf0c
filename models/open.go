package models

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// Driver names a database engine.
type Driver string

// The engines Sallyport runs on.
const (
	SQLite   Driver = "sqlite"
	Postgres Driver = "postgres"
)

const slowQuery = 500 * time.Millisecond // a warning in the log; a durable write takes a few

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
		return nil, err
	}
	if err := store.Ping(ctx); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	return store, nil
}

func gormConfig(log *slog.Logger) *gorm.Config {
	return &gorm.Config{
		Logger: logger.NewSlogLogger(log, logger.Config{
			LogLevel:                  logger.Warn,
			SlowThreshold:             slowQuery,
			ParameterizedQueries:      true, // values may be secrets
			IgnoreRecordNotFoundError: true,
		}),
		NowFunc:                now,
		TranslateError:         true,
		SkipDefaultTransaction: true, // every write is one statement
	}
}
