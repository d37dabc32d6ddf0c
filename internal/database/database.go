// Package database opens SQLite or PostgreSQL and is the only way to read and
// to write them. Most callers need [Open], [DB.Read] and [DB.Write]. It knows
// no table and imports no other package of the program.
package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"
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
	driver      Driver
	reading     *gorm.DB // refuses to write
	writing     *gorm.DB
	engine      engine
	onStatement func(context.Context) // nil: nobody counts
	tracer      trace.Tracer          // nil: nobody traces
	mu          sync.Mutex
	closed      bool           // nothing further begins
	inside      sync.WaitGroup // what has begun
}

// engine is what the two engines do differently. Each method runs fn on a handle
// that is good for that call.
type engine interface {
	// change runs fn in a transaction of its own.
	change(ctx context.Context, fn func(tx *gorm.DB) error) error
	// statement runs fn, which makes one statement.
	statement(ctx context.Context, fn func(tx *gorm.DB) error) error
	// read runs fn, which cannot write.
	read(ctx context.Context, fn func(db *gorm.DB) error) error
	// query runs fn, which makes one query.
	query(ctx context.Context, fn func(db *gorm.DB) error) error
	// queryApart is query on a connection that nothing else uses.
	queryApart(ctx context.Context, fn func(db *gorm.DB) error) error
	// queryOne is the engine's part of [DB.QueryOne].
	queryOne(ctx context.Context, query string, args, into []any) (found bool, err error)
	// exec is the engine's part of [DB.Exec].
	exec(ctx context.Context, statement string, args []any) (changed int64, err error)
	// check fails where the database is not the one that was opened.
	check() error
	// migrator opens a pool of its own, for migrations.
	migrator() (*sql.DB, error)
	// alone runs fn while no other instance runs its own in this way. pool is the
	// one of migrations.
	alone(ctx context.Context, pool *sql.DB, fn func() error) error
	// close closes every connection; nothing is running any more.
	close() error
}

// Options says which database to open.
type Options struct {
	Driver   Driver
	DSN      string // a file path for [SQLite], a URL for [Postgres]
	MaxConns int    // connections to PostgreSQL; 0: from the processors
	Existing bool   // a SQLite file that is not there is [ErrNoFile]; else it is made
}

// Open connects to the database. It checks that the database answers and does
// not migrate it. The error is one line and holds no password.
func Open(ctx context.Context, o Options, log *slog.Logger) (*DB, error) {
	var db *DB
	var err error
	switch o.Driver {
	case SQLite:
		db, err = openSQLite(o, log)
	case Postgres:
		db, err = openPostgres(ctx, o, log)
	default:
		return nil, fmt.Errorf("unknown database driver %q", o.Driver)
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
	return &openError{strings.Join(strings.Fields(err.Error()), " "), err}
}

type openError struct {
	line  string
	cause error
}

func (e *openError) Error() string {
	return "cannot open the database (DATABASE_URL and DATA_DIR say which): " + e.line
}
func (e *openError) Unwrap() error { return e.cause }

// Write makes one atomic change with the statements that fn runs on tx. It is
// durable when Write returns nil. Where fn fails or panics, nothing of it stays
// and nobody else is affected. A change whose ctx has ended before its turn is
// not made; one that has begun goes on.
//
// On PostgreSQL fn runs again where what it did was rolled back for a conflict with
// others: it must have no effect but through tx.
//
// On SQLite the changes of concurrent callers share one commit, each in a
// savepoint of its own, and fn holds up all other writers: it must not wait
// for anything but the database. On PostgreSQL each is a transaction.
//
// tx is only good until fn returns. Inside of fn nothing else may write: a Write
// there waits for itself, and fails after 10 seconds.
func (d *DB) Write(ctx context.Context, fn func(tx *gorm.DB) error) error {
	return d.run(ctx, d.engine.change, fn)
}

// WriteStatement is [DB.Write] for an fn that runs exactly one statement, which
// PostgreSQL makes atomic by itself: a transaction around it would cost a
// refresh of tokens 18 %.
func (d *DB) WriteStatement(ctx context.Context, fn func(tx *gorm.DB) error) error {
	return d.run(ctx, d.engine.statement, fn)
}

// Read runs the queries of fn, which cannot write. db is only good until fn
// returns, and fn may run again where a connection is lost. Rows that are open hold
// a connection: read them to their end before the next query.
//
// On SQLite a read cannot be interrupted, only the wait for a connection can:
// what makes a statement interruptible costs a twentieth of a request, and where
// the disk hangs it does not help. On PostgreSQL it is a read-only transaction.
func (d *DB) Read(ctx context.Context, fn func(db *gorm.DB) error) error {
	return d.run(ctx, d.engine.read, fn)
}

// ReadStatement is [DB.Read] for an fn that runs exactly one query: on
// PostgreSQL it needs no transaction.
func (d *DB) ReadStatement(ctx context.Context, fn func(db *gorm.DB) error) error {
	return d.run(ctx, d.engine.query, fn)
}

// ReadApart is [DB.ReadStatement] for what must not wait behind requests: on
// PostgreSQL it has a connection of its own.
func (d *DB) ReadApart(ctx context.Context, fn func(db *gorm.DB) error) error {
	return d.run(ctx, d.engine.queryApart, fn)
}

// run runs fn in the way that is given, unless the database is closed or the
// caller has left.
func (d *DB) run(ctx context.Context, in func(context.Context, func(*gorm.DB) error) error, fn func(*gorm.DB) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := d.enter(); err != nil {
		return err
	}
	defer d.inside.Done()
	return in(ctx, fn)
}

func (d *DB) enter() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return errClosed
	}
	d.inside.Add(1)
	return nil
}

// Ping reports whether the database answers reads.
func (d *DB) Ping(ctx context.Context) error {
	if err := d.engine.check(); err != nil {
		return err
	}
	pool, err := d.reading.DB()
	if err != nil {
		return err
	}
	var one int
	return pool.QueryRowContext(ctx, "SELECT 1").Scan(&one)
}

// PoolStats returns the state of the connections that read; on PostgreSQL changes
// use them too.
func (d *DB) PoolStats() sql.DBStats {
	pool, err := d.reading.DB()
	if err != nil {
		return sql.DBStats{}
	}
	return pool.Stats()
}

// Close refuses further reads and changes, waits for those that have begun, and
// closes every connection.
func (d *DB) Close() error {
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	d.inside.Wait()
	return d.engine.close()
}

// now is the time as both databases can store it: UTC, in whole microseconds.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

func gormConfig(log *slog.Logger) *gorm.Config {
	return &gorm.Config{
		Logger:                 newQueryLog(log),
		NowFunc:                now,
		TranslateError:         true,
		SkipDefaultTransaction: true, // Write has begun one
		DisableAutomaticPing:   true, // Open pings, and reports a failure once
		QueryFields:            true, // a column that is added while instances run breaks no query
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
