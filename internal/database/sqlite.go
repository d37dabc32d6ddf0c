package database

import (
	"context"
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

const sqliteReaders = 4 // connections; in WAL mode readers block nobody, and more than a few cores gain nothing

// openSQLite opens path twice: one writing connection, so that writers queue
// in Go and not on the file lock, and a few that can only read.
func openSQLite(path string, log *slog.Logger) (*DB, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the database folder: %w", err)
	}
	if err := createPrivate(path); err != nil {
		return nil, err
	}
	write, err := openPool(writingDSN(path), 1, false, log)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	read, err := openPool(readingDSN(path), sqliteReaders, true, log)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), closePool(write))
	}
	pool, err := write.DB()
	if err != nil {
		return nil, err
	}
	changes, err := newCommits(write, pool)
	if err == nil {
		err = refuseWrites(read)
	}
	if err != nil {
		return nil, errors.Join(err, pool.Close(), closePool(read))
	}
	return &DB{
		driver: SQLite, dsn: path, reading: read, writing: write,
		engine: file{changes, read, semaphore.NewWeighted(sqliteReaders)},
	}, nil
}

// file is a SQLite file: what writes, and what reads beside it.
type file struct {
	*commits
	reading *gorm.DB
	readers *semaphore.Weighted // bounds the reads at once, and is the only bound on their wait
}

func (f file) statement(ctx context.Context, fn func(*gorm.DB) error) error { return f.change(ctx, fn) }

func (f file) read(ctx context.Context, fn func(*gorm.DB) error) error {
	if err := f.acquire(ctx); err != nil {
		return err
	}
	defer f.readers.Release(1)
	return runIn(context.WithoutCancel(ctx), f.reading.ConnPool, f.reading, fn)
}

func (f file) query(ctx context.Context, fn func(*gorm.DB) error) error { return f.read(ctx, fn) }

func (f file) acquire(ctx context.Context) error {
	if f.readers.TryAcquire(1) {
		return nil
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	return f.readers.Acquire(ctx, 1)
}

// close closes the writer last: SQLite's last connection moves what is in the
// WAL into the file, and a reader cannot.
func (f file) close() error { return errors.Join(closePool(f.reading), f.commits.close()) }

// createPrivate makes the file, where there is none, readable by nobody else;
// SQLite gives its side files the same mode.
func createPrivate(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) // #nosec G304 -- the operator names the file, in DATABASE_URL
	if err != nil {
		return err
	}
	return file.Close()
}

func writingDSN(path string) string {
	return dsn(path, url.Values{
		"_txlock": {"immediate"}, // of migrations: a deferred transaction that turns to writing fails at once with "locked"
		"_pragma": {
			"busy_timeout(5000)",
			"journal_mode(WAL)",
			"synchronous(FULL)",        // an answered write survives a power cut
			"wal_autocheckpoint(8000)", // pages; every 1,000 the p99 of a refresh is twice as long. The WAL has up to 32 MB
			"foreign_keys(1)",
		},
	})
}

func readingDSN(path string) string {
	return dsn(path, url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(5000)"}})
}

func dsn(path string, options url.Values) string {
	options.Set("_time_format", "sqlite")
	options.Set("_timezone", "UTC")
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: options.Encode()}).String()
}

// openPool opens so many connections. prepare keeps their statements prepared:
// half of a short query is its parsing.
func openPool(dsn string, connections int, prepare bool, log *slog.Logger) (*gorm.DB, error) {
	options := gormConfig(log)
	options.PrepareStmt = prepare
	db, err := gorm.Open(dialector{sqlite.Dialector{DriverName: "sqlite", DSN: dsn}}, options)
	if err != nil {
		return nil, err
	}
	pool, err := db.DB()
	if err != nil {
		return nil, err
	}
	if !prepare { // readers are bounded before; one that queries while its rows are open needs a second connection
		pool.SetMaxOpenConns(connections)
	}
	pool.SetMaxIdleConns(connections)
	return db, nil
}

func closePool(db *gorm.DB) error {
	pool, err := db.DB()
	if err != nil {
		return err
	}
	return pool.Close()
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
