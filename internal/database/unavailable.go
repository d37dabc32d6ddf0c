package database

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

// timeout bounds how long one read, or one change on PostgreSQL, is waited for,
// so that a caller is answered before the connection to it times out. Changes
// on SQLite are bounded by busy_timeout: of the commit before and of their own.
const timeout = 10 * time.Second

func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, timeout)
}

// Unavailable reports whether err says that the database cannot serve at the
// moment: it is gone, locked, full, or too slow. The same call may succeed
// later. A change that failed so may have been made all the same.
func Unavailable(err error) bool {
	var lite *modernc.Error
	if errors.As(err, &lite) {
		return slices.Contains(temporarySQLite, lite.Code()&0xff) // the rest is detail
	}
	var postgres *pgconn.PgError
	if errors.As(err, &postgres) {
		return slices.ContainsFunc(temporaryPostgres, func(prefix string) bool { return strings.HasPrefix(postgres.Code, prefix) })
	}
	var connect *pgconn.ConnectError
	var network net.Error // a deadline too
	return errors.Is(err, errQueueFull) || errors.Is(err, errReplaced) || errors.Is(err, errUndone) || errors.Is(err, pgconn.ErrConnClosed) || errors.As(err, &connect) || errors.As(err, &network) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, driver.ErrBadConn)
}

// The SQLite result codes of a failure that is not the statement's.
// Source: https://sqlite.org/rescode.html
var temporarySQLite = []int{
	sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, // another process holds the file
	sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, // no space left, or a limit, or a broken disk
	sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, // remounted after an error
}

// How the SQLSTATE codes of a failure begin that is not the statement's.
// Source: PostgreSQL 17, appendix A.
var temporaryPostgres = []string{
	"08",             // connection exception
	"40",             // rolled back: a deadlock, or a conflict of serializable transactions
	"53",             // insufficient resources: disk full, too many connections
	"57",             // operator intervention: shutting down, starting up, a statement time-out
	"58",             // system error
	"55P03",          // a lock was not had in time
	"25P03", "25P04", // a transaction took too long
	readOnlyServer, // a standby, the primary has moved
}
