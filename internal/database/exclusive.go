package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	modernc "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrInUse says that another program has the SQLite file open.
var ErrInUse = errors.New("another program has the database open")

// OpenExclusive opens a SQLite file that exists, for queries alone, on one
// connection. No other program has it open meanwhile, nor can any open it: what is
// read is all there is, and nothing comes behind it. A file that a server has open
// is [ErrInUse].
//
// The lock is that of a WAL without shared memory, which SQLite holds until the
// connection is closed, and the system ends it with the process.
// Source: https://sqlite.org/wal.html, section 8.
func OpenExclusive(ctx context.Context, path string) (*sql.DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w %s", ErrNoFile, path)
	}
	if err != nil {
		return nil, err
	}
	connect, err := newConnector(exclusiveDSN(path), &place{path: path, files: [3]os.FileInfo{info}})
	if err != nil {
		return nil, err
	}
	pool := sql.OpenDB(connect)
	pool.SetMaxOpenConns(1)
	var tables int
	if err := pool.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil { // takes the lock
		return nil, errors.Join(inUse(path, err), pool.Close())
	}
	return pool, nil
}

func inUse(path string, err error) error {
	var failure *modernc.Error
	if errors.As(err, &failure) && failure.Code()&0xff == sqlite3.SQLITE_BUSY {
		return fmt.Errorf("%w: %s", ErrInUse, path)
	}
	return err
}

func exclusiveDSN(path string) string {
	return dsn(path, url.Values{
		"mode": {"rw"}, // the lock is one of a writer
		// No pragma that looks at the file: the lock has to be what does so first.
		"_pragma": {"busy_timeout(200)", "locking_mode(EXCLUSIVE)", "query_only(1)"},
	})
}
