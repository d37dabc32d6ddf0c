package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
)

const maxPrepared = 256 // statements of one connection; the program itself has about ten that write

// connection is the one SQLite connection that writes, as a gorm.ConnPool. What
// it executes is prepared once; what it queries is not, because rows may be open
// when the next statement needs the place. No statement is interrupted when its caller goes away:
// SQLite would roll back the whole transaction, and others share it
// (https://sqlite.org/c3ref/interrupt.html).
type connection struct {
	conn     *sql.Conn
	prepared map[string]*sql.Stmt
}

func newConnection(pool *sql.DB) (*connection, error) {
	conn, err := pool.Conn(context.Background())
	if err != nil {
		return nil, err
	}
	return &connection{conn: conn, prepared: map[string]*sql.Stmt{}}, nil
}

// exec runs one of the statements around a change.
func (c *connection) exec(query string) error {
	statement, err := c.prepare(context.Background(), query)
	if err == nil {
		_, err = statement.Exec()
	}
	return err
}

// ExecContext implements gorm.ConnPool.
func (c *connection) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	ctx = context.WithoutCancel(ctx)
	if len(args) == 0 { // such as GORM's savepoints, each with a name of its own
		return c.conn.ExecContext(ctx, query)
	}
	statement, err := c.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	return statement.ExecContext(ctx, args...)
}

// QueryContext implements gorm.ConnPool.
func (c *connection) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return c.conn.QueryContext(context.WithoutCancel(ctx), query, args...)
}

// QueryRowContext implements gorm.ConnPool.
func (c *connection) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return c.conn.QueryRowContext(context.WithoutCancel(ctx), query, args...)
}

// PrepareContext implements gorm.ConnPool.
func (c *connection) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	return c.conn.PrepareContext(context.WithoutCancel(ctx), query)
}

func (c *connection) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if statement := c.prepared[query]; statement != nil {
		return statement, nil
	}
	if len(c.prepared) == maxPrepared {
		c.forget()
	}
	statement, err := c.conn.PrepareContext(ctx, query)
	if err == nil {
		c.prepared[query] = statement
	}
	return statement, err
}

func (c *connection) forget() {
	for _, statement := range c.prepared {
		_ = statement.Close() // frees memory, no more
	}
	clear(c.prepared)
}

// discard closes the connection, which rolls back what is open on it.
func (c *connection) discard() {
	c.forget()
	_ = c.conn.Raw(func(any) error { return driver.ErrBadConn }) // makes the pool close it
}
