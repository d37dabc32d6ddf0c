package database

import (
	"context"
	"database/sql"
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

// ErrNoFile says that there is no SQLite file where one has to exist.
var ErrNoFile = errors.New("there is no file")

// openSQLite opens the file twice: one writing connection, so that writers queue
// in Go and not on the file lock, and a few that can only read.
func openSQLite(o Options, log *slog.Logger) (*DB, error) {
	at, err := openPlace(o)
	if err != nil {
		return nil, err
	}
	write, err := openPool(at, writingDSN(at.path), 1, false, log)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", at.path, err)
	}
	read, err := openPool(at, readingDSN(at.path), sqliteReaders, true, log)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", at.path, err), closePool(write))
	}
	engine, err := newFile(at, write, read)
	if err == nil {
		err = errors.Join(refuseWrites(read), at.remember())
	}
	if err != nil {
		return nil, errors.Join(err, closePool(write), closePool(read))
	}
	return &DB{driver: SQLite, reading: read, writing: write, engine: engine}, nil
}

// openPlace finds the file, or makes it where that is allowed.
func openPlace(o Options) (*place, error) {
	path, err := filepath.Abs(o.DSN) // an error names it, whatever the working folder is
	if err != nil {
		return nil, err
	}
	if !o.Existing {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, fmt.Errorf("make the database folder: %w", err)
		}
		if err := createPrivate(path); err != nil {
			return nil, err
		}
	}
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w %s", ErrNoFile, path)
	}
	return &place{path: path, files: [3]os.FileInfo{info}}, err
}

// file is a SQLite file: what writes, and what reads beside it.
type file struct {
	*commits
	place   *place
	anchor  *sql.Conn // reads nothing; while it is open SQLite keeps the WAL, which it else deletes with the last connection
	reading *gorm.DB
	readers *semaphore.Weighted // bounds the reads at once, and is the only bound on their wait
}

func newFile(at *place, write, read *gorm.DB) (f file, err error) {
	writer, err := write.DB()
	if err != nil {
		return f, err
	}
	reader, err := read.DB()
	if err != nil {
		return f, err
	}
	f = file{place: at, reading: read, readers: semaphore.NewWeighted(sqliteReaders)}
	if f.commits, err = newCommits(write, writer, at.check); err != nil {
		return f, err
	}
	if f.anchor, err = reader.Conn(context.Background()); err != nil {
		return f, err
	}
	_, err = f.anchor.ExecContext(context.Background(), "SELECT count(*) FROM sqlite_schema") // opens the WAL
	return f, err
}

func (f file) check() error { return f.place.check() }

// migrator opens a connection of its own: that of the changes would wait for
// itself.
func (f file) migrator() (*sql.DB, error) {
	connect, err := newConnector(writingDSN(f.place.path), f.place)
	if err != nil {
		return nil, err
	}
	pool := sql.OpenDB(connect)
	pool.SetMaxOpenConns(1)
	return pool, nil
}

func (f file) alone(_ context.Context, _ *sql.DB, fn func() error) error { return fn() }

func (f file) statement(ctx context.Context, fn func(*gorm.DB) error) error { return f.change(ctx, fn) }

func (f file) read(ctx context.Context, fn func(*gorm.DB) error) error {
	if err := f.acquire(ctx); err != nil {
		return err
	}
	defer f.readers.Release(1)
	if err := f.check(); err != nil { // fail closed: nothing that is written now can be read here
		return err
	}
	return runIn(context.WithoutCancel(ctx), f.reading.ConnPool, f.reading, fn)
}

func (f file) query(ctx context.Context, fn func(*gorm.DB) error) error { return f.read(ctx, fn) }

func (f file) queryApart(ctx context.Context, fn func(*gorm.DB) error) error { return f.read(ctx, fn) }

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
func (f file) close() error {
	return errors.Join(f.anchor.Close(), closePool(f.reading), f.commits.close())
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

func writingDSN(path string) string {
	return dsn(path, url.Values{
		"mode":    {"rw"},        // and never a new file
		"_txlock": {"immediate"}, // of migrations: a deferred transaction that turns to writing fails at once with "locked"
		"_pragma": {
			"busy_timeout(5000)",
			"journal_mode(WAL)",
			"synchronous(FULL)",        // an answered write survives a power cut
			"wal_autocheckpoint(8000)", // pages; every 1,000 the p99 of a refresh is twice as long. The WAL has up to 32 MB
			"foreign_keys(1)",
			inMemory,
		},
	})
}

// inMemory keeps what SQLite notes to undo a statement, and what it sorts, out of
// files: a container with a read-only root has no folder for temporary ones, and
// each write would fail (SQLITE_IOERR_GETTEMPPATH).
const inMemory = "temp_store(memory)"

func readingDSN(path string) string {
	return dsn(path, url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(5000)", inMemory}})
}

func dsn(path string, options url.Values) string {
	options.Set("_time_format", "sqlite")
	options.Set("_timezone", "UTC")
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: options.Encode()}).String()
}

// openPool opens so many connections. prepare keeps their statements prepared:
// half of a short query is its parsing.
func openPool(at *place, dsn string, connections int, prepare bool, log *slog.Logger) (*gorm.DB, error) {
	connect, err := newConnector(dsn, at)
	if err != nil {
		return nil, err
	}
	options := gormConfig(log)
	options.PrepareStmt = prepare
	pool := sql.OpenDB(connect)
	db, err := gorm.Open(dialector{sqlite.Dialector{Conn: pool}}, options)
	if err != nil {
		return nil, errors.Join(err, pool.Close())
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
