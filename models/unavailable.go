package models

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	modernc "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// patience bounds how long one statement is waited for, so that a caller is
// answered before the connection to it times out. Writes on SQLite are bounded
// by busy_timeout instead: of the commit before and of their own.
const patience = 10 * time.Second

// patiently returns ctx with the deadline of one statement.
func patiently(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, patience)
}

func unavailable(err error) bool {
	var lite *modernc.Error
	if errors.As(err, &lite) {
		return slices.Contains(passingSQLite, lite.Code()&0xff) // the rest is detail
	}
	var postgres *pgconn.PgError
	if errors.As(err, &postgres) {
		return slices.ContainsFunc(passingPostgres, func(prefix string) bool { return strings.HasPrefix(postgres.Code, prefix) })
	}
	var connect *pgconn.ConnectError
	var network net.Error // a deadline too
	return errors.As(err, &connect) || errors.As(err, &network) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, driver.ErrBadConn)
}

// The SQLite result codes of a failure that is not the statement's.
// Source: https://sqlite.org/rescode.html
var passingSQLite = []int{
	sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, // another process holds the file
	sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, // no space left, or a limit, or a broken disk
	sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, // remounted after an error
}

// How the SQLSTATE codes of a failure begin that is not the statement's.
// Source: PostgreSQL 17, appendix A.
var passingPostgres = []string{
	"08",    // connection exception
	"53",    // insufficient resources: disk full, too many connections
	"57",    // operator intervention: shutting down, starting up
	"58",    // system error
	"25006", // read-only: a standby, the primary has moved
}
