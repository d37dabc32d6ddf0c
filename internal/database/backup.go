package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
)

// ErrNoBackup says that the database is not a file.
var ErrNoBackup = errors.New("only SQLite is backed up by this program")

// Backup writes the database, as it is at one moment, into a new file, while it is
// read and written. The file gets its name when it is complete, checked and
// durable: whatever goes wrong, there is none of this name. A file that is there
// already is fs.ErrExist.
func (d *DB) Backup(ctx context.Context, path string) error {
	source, ok := d.engine.(file)
	if !ok {
		return ErrNoBackup
	}
	if err := d.enter(); err != nil {
		return err
	}
	defer d.inside.Done()
	if _, err := os.Lstat(path); err == nil {
		return &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist}
	}
	partial, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".partial-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(partial.Name())
	err = errors.Join(source.copyInto(ctx, partial.Name()), partial.Sync(), partial.Close())
	if err == nil {
		err = checkCopy(ctx, partial.Name())
	}
	if err == nil {
		err = os.Link(partial.Name(), path) // and never over another file, as a rename does
	}
	if err == nil {
		err = syncFolder(filepath.Dir(path))
	}
	return err
}

// copyInto needs no more than a read transaction of the source.
func (f file) copyInto(ctx context.Context, path string) error {
	connect, err := newConnector(readingDSN(f.place.path), f.place)
	if err != nil {
		return err
	}
	pool := sql.OpenDB(connect)
	_, err = pool.ExecContext(ctx, "VACUUM INTO ?", path)
	return errors.Join(err, pool.Close())
}

// checkCopy reads the whole file and compares it with itself.
func checkCopy(ctx context.Context, path string) error {
	pool, err := sql.Open("sqlite", dsn(path, url.Values{"mode": {"ro"}, "immutable": {"1"}}))
	if err != nil {
		return err
	}
	var found string
	err = pool.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&found)
	if err == nil && found != "ok" {
		err = fmt.Errorf("the copy is damaged: %s", found)
	}
	return errors.Join(err, pool.Close())
}

// syncFolder makes a new name in the folder durable.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" { // which cannot do that, and does it by itself
		return nil
	}
	folder, err := os.Open(path) // #nosec G304 -- the operator names it
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
