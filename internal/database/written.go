package database

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/gorm"
)

// QueryOne runs a query that is written out, with $1, $2 … for its arguments, and
// scans its first row. found = false: it has none. It is [DB.ReadStatement] without
// GORM, for the query of every request.
func (d *DB) QueryOne(ctx context.Context, query string, args, into []any) (found bool, err error) {
	err = d.written(ctx, query, func() (rows int64, err error) {
		found, err = d.engine.queryOne(ctx, query, args, into)
		if found {
			rows = 1
		}
		return rows, err
	})
	return found && err == nil, err
}

// Exec runs a statement that is written out, with $1, $2 … for its arguments, and
// returns how many rows it changed. It is [DB.WriteStatement] without GORM, for the
// statement of every refresh.
func (d *DB) Exec(ctx context.Context, statement string, args ...any) (changed int64, err error) {
	err = d.written(ctx, statement, func() (rows int64, err error) {
		changed, err = d.engine.exec(ctx, statement, args)
		return changed, err
	})
	return changed, err
}

// written runs one statement, counts it and logs it as GORM would.
func (d *DB) written(ctx context.Context, statement string, run func() (rows int64, err error)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := d.enter(); err != nil {
		return err
	}
	defer d.inside.Done()
	begin := time.Now()
	var rows int64
	err := d.traced(ctx, statement, func() (err error) {
		rows, err = run()
		return err
	})
	if d.onStatement != nil {
		d.onStatement(ctx)
	}
	d.reading.Logger.Trace(ctx, begin, func() (string, int64) { return statement, rows }, err)
	return err
}

func (f file) queryOne(ctx context.Context, query string, args, into []any) (found bool, err error) {
	err = f.read(ctx, func(db *gorm.DB) error {
		rows, err := db.Statement.ConnPool.QueryContext(ctx, query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		if found = rows.Next(); found {
			err = rows.Scan(into...)
		}
		return errors.Join(err, rows.Err())
	})
	return found, err
}

func (f file) exec(ctx context.Context, statement string, args []any) (changed int64, err error) {
	err = f.change(ctx, func(tx *gorm.DB) error {
		result, err := tx.Statement.ConnPool.ExecContext(ctx, statement, args...)
		if err == nil {
			changed, err = result.RowsAffected()
		}
		return err
	})
	return changed, err
}

func (t transactions) queryOne(ctx context.Context, query string, args, into []any) (found bool, err error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	err = again(ctx, readAgain, func() error {
		return t.direct(ctx, func(conn *pgx.Conn) error {
			rows, err := conn.Query(ctx, query, binary(args)...)
			if err != nil {
				return err
			}
			if found = rows.Next(); found {
				err = rows.Scan(into...)
			}
			rows.Close() // reads to the end, where errors may wait
			return cmp.Or(rows.Err(), err)
		})
	})
	return found, err
}

func (t transactions) exec(ctx context.Context, statement string, args []any) (changed int64, err error) {
	ctx, cancel := bounded(context.WithoutCancel(ctx))
	defer cancel()
	err = again(ctx, rolledBack, func() error {
		return t.direct(ctx, func(conn *pgx.Conn) error {
			done, err := conn.Exec(ctx, statement, binary(args)...)
			changed = done.RowsAffected()
			return err
		})
	})
	return changed, err
}

// direct runs fn on a connection of the pool, past database/sql.
func (t transactions) direct(ctx context.Context, fn func(*pgx.Conn) error) error {
	conn, err := t.pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(driver any) error { return fn(driver.(*stdlib.Conn).Conn()) })
}

// binary returns the arguments with ids as pgx knows them: it would ask each for its
// text and parse that, which costs a twentieth of a request.
func binary(args []any) []any {
	args = slices.Clone(args)
	for i, arg := range args {
		if id, ok := arg.(uuid.UUID); ok {
			args[i] = pgtype.UUID{Bytes: id, Valid: true}
		}
	}
	return args
}
