package database

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
)

// A server that has moved while the old one answers on is found after this time at the latest.
const postgresLifetime = 30 * time.Minute

// openPostgres opens one pool with two handles: one that only reads and one
// that writes. All connections are kept when idle: to open one costs as much as
// ten refreshes.
func openPostgres(ctx context.Context, o Options, log *slog.Logger) (*DB, error) {
	options, pooled, err := parsePostgres(ctx, o.DSN, log)
	if err != nil {
		return nil, err
	}
	pool := openHealthy(*options)
	connections := PostgresConnections(o.MaxConns)
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
	return &DB{driver: Postgres, reading: read, writing: write, engine: transactions{options, pooled, pool, apart(*options), read, write, log}}, nil
}

// apart is one connection, which is opened when it is used for the first time.
func apart(options pgx.ConnConfig) *sql.DB {
	pool := openHealthy(options)
	pool.SetMaxOpenConns(1)
	pool.SetConnMaxLifetime(postgresLifetime)
	return pool
}

// modeParameter is the parameter of the URL that says how statements are sent.
const modeParameter = "default_query_exec_mode"

// parsePostgres reads the URL and decides whether statements are kept prepared,
// unless the URL says it. Its errors hold no part of the URL but the host, the
// user, the name of the database and a parameter that is wrong.
func parsePostgres(ctx context.Context, url string, log *slog.Logger) (options *pgx.ConnConfig, pooled bool, err error) {
	options, err = pgx.ParseConfig(url)
	if err != nil {
		var unparsable *pgconn.ParseConfigError
		if errors.As(err, &unparsable) { // it quotes the URL, and hides only passwords that it recognises
			unparsable.ConnString = ""
		}
		return nil, false, err
	}
	watch(options, url)
	pooled, err = behindPooler(ctx, options)
	if pooled && !strings.Contains(url, modeParameter+"=") {
		options.DefaultQueryExecMode = pgx.QueryExecModeExec
		log.InfoContext(ctx, "PostgreSQL is behind a pooler such as PgBouncer: no statement is kept prepared. "+
			"If it keeps them or a client its connection, "+modeParameter+"=cache_statement in DATABASE_URL is faster")
	}
	return options, pooled, err
}

// behindPooler reports whether a pooler is between this program and PostgreSQL:
// the process that serves a query is then not the one whose key came with the
// connection. A pooler may serve the next query by another process, which knows
// no statement that was prepared before. Source: PostgreSQL 17, 53.7,
// BackendKeyData; PgBouncer sends random numbers there.
func behindPooler(ctx context.Context, options *pgx.ConnConfig) (bool, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, options)
	if err != nil {
		return false, err
	}
	var serving uint32
	err = conn.QueryRow(ctx, "SELECT pg_backend_pid()", pgx.QueryExecModeExec).Scan(&serving)
	return serving != conn.PgConn().PID(), errors.Join(err, conn.Close(ctx))
}

// transactions makes each change a transaction; PostgreSQL lets concurrent ones
// share a commit by itself. What has begun goes on when its caller leaves, for
// 10 seconds at most.
type transactions struct {
	options          *pgx.ConnConfig
	pooled           bool // a pooler is between the program and the server
	pool             *sql.DB
	apart            *sql.DB // of queryApart
	reading, writing *gorm.DB
	log              *slog.Logger
}

func (t transactions) change(ctx context.Context, fn func(*gorm.DB) error) error {
	ctx, cancel := bounded(context.WithoutCancel(ctx))
	defer cancel()
	return again(ctx, rolledBack, func() error { return t.transact(ctx, &sql.TxOptions{}, t.writing, fn) })
}

func (t transactions) read(ctx context.Context, fn func(*gorm.DB) error) error {
	ctx, cancel := bounded(context.WithoutCancel(ctx))
	defer cancel()
	return again(ctx, readAgain, func() error { return t.transact(ctx, &sql.TxOptions{ReadOnly: true}, t.reading, fn) })
}

func (t transactions) transact(ctx context.Context, options *sql.TxOptions, db *gorm.DB, fn func(*gorm.DB) error) (err error) {
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
	return again(ctx, rolledBack, func() error { return runIn(ctx, t.pool, t.writing, fn) })
}

func (t transactions) query(ctx context.Context, fn func(*gorm.DB) error) error {
	return t.queryOn(ctx, t.pool, fn)
}

func (t transactions) queryApart(ctx context.Context, fn func(*gorm.DB) error) error {
	return t.queryOn(ctx, t.apart, fn)
}

func (t transactions) queryOn(ctx context.Context, pool *sql.DB, fn func(*gorm.DB) error) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	return again(ctx, readAgain, func() error { return runIn(ctx, pool, t.reading, fn) })
}

func (t transactions) check() error { return nil }

func (t transactions) close() error { return errors.Join(t.pool.Close(), t.apart.Close()) }
