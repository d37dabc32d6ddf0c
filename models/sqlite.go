package models

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"

	"golang.org/x/sync/semaphore"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	modernc "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

const sqliteReaders = 4 // connections; WAL readers block nobody, more than a few cores gain nothing

// openSQLite opens path twice: one writing connection, so that writers queue
// in Go and not on the file lock, and a few that can only read.
func openSQLite(path string, log *slog.Logger) (*Store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the database folder: %w", err)
	}
	if err := createPrivate(path); err != nil {
		return nil, err
	}
	write, err := openSQLitePool(path, 1, log, url.Values{
		"_txlock": {"immediate"}, // a deferred one that turns to writing fails at once with "locked"
		"_pragma": {
			"busy_timeout(5000)",
			"journal_mode(WAL)",
			"synchronous(FULL)", // an answered write survives a power cut
			"foreign_keys(1)",
		},
	})
	if err != nil {
		return nil, err
	}
	read, err := openSQLitePool(path, sqliteReaders, log, url.Values{
		"mode":    {"ro"},
		"_pragma": {"busy_timeout(5000)"},
	})
	if err != nil {
		return nil, errors.Join(err, closePool(write))
	}
	commits, err := startCommits(write)
	if err != nil {
		return nil, errors.Join(err, closePool(write), closePool(read))
	}
	return &Store{driver: SQLite, write: write, read: read, readers: semaphore.NewWeighted(sqliteReaders), commits: commits}, nil
}

// createPrivate makes the file, where there is none, readable by nobody else;
// SQLite gives its side files the same mode.
func createPrivate(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) // #nosec G304 -- the operator names the file, in DATABASE_URL
	if err != nil {
		return err
	}
	return file.Close()
}

func openSQLitePool(path string, connections int, log *slog.Logger, options url.Values) (*gorm.DB, error) {
	options.Set("_time_format", "sqlite")
	options.Set("_timezone", "UTC")
	dsn := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: options.Encode()}).String()
	gormed := gormConfig(log)
	gormed.PrepareStmt = true // half of a short query is its parsing
	db, err := gorm.Open(dialector{sqlite.Dialector{DriverName: "sqlite", DSN: dsn}}, gormed)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	pool, err := db.DB()
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	return db, nil
}

// dialector is GORM's SQLite dialect over the pure-Go driver, whose errors
// GORM's own translation does not know.
type dialector struct{ sqlite.Dialector }

// Translate implements gorm.ErrorTranslator.
func (dialector) Translate(err error) error {
	var failure *modernc.Error
	if !errors.As(err, &failure) {
		return err
	}
	switch failure.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return gorm.ErrDuplicatedKey
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return gorm.ErrForeignKeyViolated
	}
	return err
}
