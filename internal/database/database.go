// Package database opens SQLite or PostgreSQL and is the only way to read and
// to write them. Most callers need [Open], [DB.Read] and [DB.Write]. It knows
// no table and imports no other package of the program.
package database

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"golang.org/x/sync/semaphore"
	"gorm.io/gorm"
)

// Driver names a database engine.
type Driver string

// The engines.
const (
	SQLite   Driver = "sqlite"
	Postgres Driver = "postgres"
)

// DB is an open database. It is safe for concurrent use. The errors of its
// methods for which [Unavailable] is true are those of a database that cannot
// serve at the moment.
type DB struct {
	driver  Driver
	dsn     string
	read    *gorm.DB
	readers *semaphore.Weighted // one for each reading connection; nil on PostgreSQL, whose pool bounds the wait
	write   writer
}

// writer is what the two engines do differently.
type writer interface {
	// change runs fn in a transaction of its own.
	change(ctx context.Context, fn func(*gorm.DB) error) error
	// statement runs fn, which makes one statement.
	statement(ctx context.Context, fn func(*gorm.DB) error) error
	handle() *gorm.DB
	close() error
}

// Open connects to the database: dsn is a file path for [SQLite], a URL for
// [Postgres]. It checks that the database answers and does not migrate it. The
// error is one line and holds no password.
func Open(ctx context.Context, driver Driver, dsn string, log *slog.Logger) (*DB, error) {
	var db *DB
	var err error
	switch driver {
	case SQLite:
		db, err = openSQLite(dsn, log)
	case Postgres:
		db, err = openPostgres(dsn, log)
	default:
		return nil, fmt.Errorf("unknown database driver %q", driver)
	}
	if err != nil {
		return nil, unusable(err)
	}
	if err := db.Ping(ctx); err != nil {
		return nil, errors.Join(unusable(err), db.Close())
	}
	return db, nil
}

// unusable puts the error of a database that cannot be opened into one line:
// pgx writes several.
func unusable(err error) error {
	return fmt.Errorf("cannot open the database (DATABASE_URL and DATA_DIR say which): %s", strings.Join(strings.Fields(err.Error()), " "))
}

// Write makes one atomic change with the statements that fn runs on tx. It is
// durable when Write returns nil. Where fn fails or panics, nothing of it stays
// and nobody else is affected. A change whose ctx has ended before its turn is
// not made; one that has begun goes on.
//
// On SQLite the changes of concurrent callers share one commit, each in a
// savepoint of its own, and fn holds up all other writers: it must not wait
// for anything but the database. On PostgreSQL each is a transaction.
//
// tx is only good until fn returns. Inside of fn nothing else may write.
func (d *DB) Write(ctx context.Context, fn func(tx *gorm.DB) error) error {
	return d.write.change(ctx, fn)
}

// WriteStatement is [DB.Write] for an fn that runs exactly one statement, which
// PostgreSQL makes atomic by itself: a transaction around it would cost a
// refresh of tokens 18 %.
func (d *DB) WriteStatement(ctx context.Context, fn func(tx *gorm.DB) error) error {
	return d.write.statement(ctx, fn)
}

// Read runs fn, which only reads; db refuses to create, update, delete and
// execute, and is only good until fn returns. On SQLite a read cannot be interrupted, only the wait for a
// connection can: what makes a statement interruptible costs a twentieth of a
// request, and where the disk hangs it does not help.
func (d *DB) Read(ctx context.Context, fn func(db *gorm.DB) error) error {
	if d.readers == nil {
		ctx, cancel := bounded(ctx)
		defer cancel()
		return runIn(ctx, d.read.ConnPool, d.read, fn)
	}
	if err := d.acquireReader(ctx); err != nil {
		return err
	}
	defer d.readers.Release(1)
	return runIn(context.WithoutCancel(ctx), d.read.ConnPool, d.read, fn)
}

func (d *DB) acquireReader(ctx context.Context) error {
	if d.readers.TryAcquire(1) {
		return nil
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	return d.readers.Acquire(ctx, 1)
}

// Ping reports whether the database answers reads.
func (d *DB) Ping(ctx context.Context) error {
	pool, err := d.read.DB()
	if err != nil {
		return err
	}
	var one int
	return pool.QueryRowContext(ctx, "SELECT 1").Scan(&one)
}

// Close waits for the changes that are being made, refuses further ones, and
// closes every connection. On SQLite the one that writes is the last: only it
// can move the newest changes from the log into the file.
func (d *DB) Close() error {
	pool, err := d.read.DB()
	if err == nil {
		err = pool.Close()
	}
	return errors.Join(err, d.write.close())
}

// Now is the time as both databases can store it: UTC, in whole microseconds.
func Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

func gormConfig(log *slog.Logger) *gorm.Config {
	return &gorm.Config{
		Logger:                 newQueryLog(log),
		NowFunc:                Now,
		TranslateError:         true,
		SkipDefaultTransaction: true, // Write has begun one
		DisableAutomaticPing:   true, // Open pings, and reports a failure once
	}
}

var errReadOnly = errors.New("this database handle only reads: write with Store.Write")

// refuseWrites makes db fail to create, update, delete and execute.
func refuseWrites(db *gorm.DB) error {
	refuse := func(db *gorm.DB) { _ = db.AddError(errReadOnly) }
	callbacks := db.Callback()
	return errors.Join(
		callbacks.Create().Replace("gorm:create", refuse),
		callbacks.Update().Replace("gorm:update", refuse),
		callbacks.Delete().Replace("gorm:delete", refuse),
		callbacks.Raw().Replace("gorm:raw", refuse),
	)
}
