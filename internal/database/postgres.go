package database

import (
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
	return &DB{driver: Postgres, dsn: url, read: read, write: transactions{pool, write}}, refuseWrites(read)
}

// transactions makes each change a transaction; PostgreSQL lets concurrent ones
// share a commit by itself.
type transactions struct {
	pool *sql.DB
	db   *gorm.DB
}

func (t transactions) change(ctx context.Context, fn func(*gorm.DB) error) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	tx, err := t.pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	if err := runIn(ctx, tx, t.db, fn); err != nil {
		return err
	}
	return tx.Commit()
}

func (t transactions) statement(ctx context.Context, fn func(*gorm.DB) error) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	return runIn(ctx, t.pool, t.db, fn)
}

func (t transactions) handle() *gorm.DB { return t.db }

func (t transactions) close() error { return nil } // the reading handle has the same pool
