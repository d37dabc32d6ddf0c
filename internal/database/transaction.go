package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"sync"

	"gorm.io/gorm"
)

// transaction is the connection pool that GORM sees inside of one change or
// read. Others begin and end it, so tx.Transaction nests with a savepoint, and
// tx.Commit and tx.Rollback fail.
type transaction struct {
	pool  gorm.ConnPool
	mu    sync.Mutex // one statement at a time, none after the end
	ended bool
	rows  []*sql.Rows // closed at the end, where fn did not
}

func (t *transaction) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended = true
	for _, rows := range t.rows {
		_ = rows.Close()
	}
}

// runIn calls fn with a handle that is good for the duration of the call.
func runIn(ctx context.Context, pool gorm.ConnPool, db *gorm.DB, fn func(*gorm.DB) error) error {
	t := &transaction{pool: pool}
	defer t.end()
	tx := db.Session(&gorm.Session{NewDB: true, Context: ctx})
	tx.Statement.ConnPool = t
	return fn(tx)
}

// Commit implements gorm.TxCommitter.
func (t *transaction) Commit() error { return gorm.ErrInvalidTransaction }

// Rollback implements gorm.TxCommitter.
func (t *transaction) Rollback() error { return gorm.ErrInvalidTransaction }

// PrepareContext implements gorm.ConnPool. Nothing calls it: what is prepared
// is kept by the pool below.
func (t *transaction) PrepareContext(context.Context, string) (*sql.Stmt, error) {
	return nil, gorm.ErrInvalidTransaction
}

// ExecContext implements gorm.ConnPool.
func (t *transaction) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	args, err := t.check(args)
	if err != nil {
		return nil, err
	}
	return t.pool.ExecContext(ctx, query, args...)
}

// QueryContext implements gorm.ConnPool.
func (t *transaction) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	args, err := t.check(args)
	if err != nil {
		return nil, err
	}
	rows, err := t.pool.QueryContext(ctx, query, args...)
	if err == nil {
		t.rows = append(t.rows, rows)
	}
	return rows, err
}

// QueryRowContext implements gorm.ConnPool.
func (t *transaction) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	t.mu.Lock()
	defer t.mu.Unlock()
	args, err := t.check(args)
	if err != nil {
		return failedRow(ctx, err)
	}
	return t.pool.QueryRowContext(ctx, query, args...)
}

// check refuses a statement after the end, and returns the
// arguments with each driver.Valuer replaced by its value. database/sql would
// call them while it holds the connection, and a panic in one would leave the
// connection taken for ever.
func (t *transaction) check(args []any) ([]any, error) {
	if t.ended {
		return nil, sql.ErrTxDone
	}
	for i, arg := range args {
		if _, ok := arg.(driver.Valuer); !ok {
			continue
		}
		value, err := driver.DefaultParameterConverter.ConvertValue(arg)
		if err != nil {
			return nil, err
		}
		args[i] = value
	}
	return args, nil
}

// failedRow returns a row whose Scan fails with err. Only a database can make
// one.
func failedRow(ctx context.Context, err error) *sql.Row {
	db := sql.OpenDB(unreachable{err})
	defer db.Close()
	return db.QueryRowContext(ctx, "")
}

// unreachable is a driver.Connector that never connects.
type unreachable struct{ cause error }

func (u unreachable) Connect(context.Context) (driver.Conn, error) { return nil, u.cause }
func (u unreachable) Driver() driver.Driver                        { return nil }
