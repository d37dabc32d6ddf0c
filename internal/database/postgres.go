package database

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"runtime"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
)

const (
	perProcessor = 4  // connections of one instance; PostgreSQL allows 100 in all by default
	atLeast      = 10 // of them: with fewer, requests wait while the server has time
	// A moved server is found again after this time at the latest.
	postgresLifetime = 30 * time.Minute
)

// openPostgres opens one pool with two handles: one that only reads and one
// that writes. All connections are kept when idle: to open one costs as much as
// ten refreshes.
func openPostgres(url string, log *slog.Logger) (*DB, error) {
	options, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	pool := stdlib.OpenDB(*options)
	connections := max(atLeast, perProcessor*runtime.NumCPU())
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	pool.SetConnMaxLifetime(postgresLifetime)
	read, err := gorm.Open(postgres.New(postgres.Config{Conn: pool}), gormConfig(log))
	if err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	write, err := gorm.Open(postgres.New(postgres.Config{Conn: pool}), gormConfig(log))
	if err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	write.ConnPool = &transaction{ended: true} // tx.Session{PrepareStmt} would leave the transaction
	if err := refuseWrites(read); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	return &DB{driver: Postgres, dsn: url, reading: read, writing: write, engine: transactions{pool, read, write}}, nil
}

// transactions makes each change a transaction; PostgreSQL lets concurrent ones
// share a commit by itself. What has begun goes on when its caller leaves, for
// 10 seconds at most.
type transactions struct {
	pool             *sql.DB
	reading, writing *gorm.DB
}

func (t transactions) change(ctx context.Context, fn func(*gorm.DB) error) error {
	return t.transact(ctx, &sql.TxOptions{}, t.writing, fn)
}

func (t transactions) read(ctx context.Context, fn func(*gorm.DB) error) error {
	return t.transact(ctx, &sql.TxOptions{ReadOnly: true}, t.reading, fn)
}

func (t transactions) transact(ctx context.Context, options *sql.TxOptions, db *gorm.DB, fn func(*gorm.DB) error) (err error) {
	ctx, cancel := bounded(context.WithoutCancel(ctx))
	defer cancel()
	tx, err := t.pool.BeginTx(ctx, options)
	if err != nil {
		return err
	}
	returned := false
	defer func() {
		if !returned { // a panic in the driver keeps the transaction locked: waiting for it would be for ever
			go func() { _ = tx.Rollback() }()
		}
	}()
	if err = runIn(ctx, tx, db, fn); err == nil {
		err = tx.Commit()
	} else {
		_ = tx.Rollback() // its error adds nothing
	}
	returned = true
	if errors.Is(err, sql.ErrTxDone) { // database/sql has rolled back when the time was over
		return cmp.Or(ctx.Err(), err)
	}
	return err
}

func (t transactions) statement(ctx context.Context, fn func(*gorm.DB) error) error {
	ctx, cancel := bounded(context.WithoutCancel(ctx))
	defer cancel()
	return runIn(ctx, t.pool, t.writing, fn)
}

func (t transactions) query(ctx context.Context, fn func(*gorm.DB) error) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	return runIn(ctx, t.pool, t.reading, fn)
}

func (t transactions) close() error { return t.pool.Close() }
