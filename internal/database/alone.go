package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3/lock"
)

const (
	migrationsWait = 5 * time.Minute        // for the migrations of another instance
	migrationsLook = 100 * time.Millisecond // between two tries
	migrationsSay  = 3 * time.Second        // of waiting, after which the log says so
)

const (
	lockWait  = "2000"                 // milliseconds; behind a migration that waits for a table, all queries of that table wait
	lockTries = 5                      // of a migration that does not get its lock
	lockPause = 500 * time.Millisecond // in which those queries are answered
)

const (
	lockParameter = "lock_timeout"
	lockNotHad    = "55P03" // SQLSTATE
)

// migrator opens connections that wait for a lock for a short time only, unless the
// URL says how long. A pooler would refuse the parameter.
func (t transactions) migrator() (*sql.DB, error) {
	options := t.options.Copy()
	if _, set := options.RuntimeParams[lockParameter]; !set && !t.pooled {
		options.RuntimeParams[lockParameter] = lockWait
	}
	return stdlib.OpenDB(*options), nil
}

// alone holds an advisory lock of a transaction: one of the session, which is
// what goose has, stays with a pooler's connection when its client has gone. The
// key is that of goose, so that earlier versions of the program wait too.
func (t transactions) alone(ctx context.Context, pool *sql.DB, fn func() error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, migrationsWait, errors.New("another instance has been migrating for 5 minutes"))
	defer cancel()
	say := time.AfterFunc(migrationsSay, func() {
		t.log.InfoContext(ctx, "another instance migrates the database: waiting for it", slog.Duration("atMost", migrationsWait))
	})
	defer say.Stop()
	for try := 1; ; {
		locked, err := whileLocked(ctx, pool, func() error { say.Stop(); return fn() })
		pause := migrationsLook
		switch {
		case notHad(err) && try < lockTries:
			t.log.WarnContext(ctx, "a migration did not get the lock of a table: it is tried again", slog.Int("try", try), slog.Any("error", err))
			try, pause = try+1, lockPause
		case notHad(err):
			return fmt.Errorf("another session holds the lock of a table, pg_stat_activity shows the transactions that are open: %w", err)
		case locked, err != nil:
			return err
		}
		select { // and holds no connection, which the instance that migrates may need
		case <-time.After(pause):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func notHad(err error) bool {
	var failure *pgconn.PgError
	return errors.As(err, &failure) && failure.Code == lockNotHad
}

func whileLocked(ctx context.Context, pool *sql.DB, fn func() error) (locked bool, err error) {
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer func() { _ = tx.Rollback() }() // ends the lock; there is nothing else to end
	err = tx.QueryRowContext(ctx, "SELECT pg_try_advisory_xact_lock($1)", int64(lock.DefaultLockID)).Scan(&locked)
	if locked && err == nil {
		err = fn()
	}
	return locked, err
}
