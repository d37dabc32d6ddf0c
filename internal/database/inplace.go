package database

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"sync/atomic"

	modernc "modernc.org/sqlite"
)

// errReplaced says that the files of a SQLite database are not those that were
// opened. What is written into a file without a name is lost with the process.
var errReplaced = errors.New("the database file was moved, deleted or replaced while the program runs: put it back, or restart the program")

// place remembers which files of a SQLite database were opened: the database
// itself, its WAL, which holds the newest changes, and the shared memory, whose
// locks keep other programs from writing at the same time.
type place struct {
	path  string
	files [3]os.FileInfo // in the order of suffixes; nil: there is none
	// emptied stays true: what comes into the file then, from the WAL, is not the
	// whole database.
	emptied atomic.Bool
}

var suffixes = [3]string{"", "-wal", "-shm"}

// remember looks at all of the files, when the database is open. Nothing else may
// use the place meanwhile.
func (p *place) remember() error {
	if err := p.check(); err != nil {
		return err
	}
	for i, suffix := range suffixes {
		info, err := os.Stat(p.path + suffix)
		if err != nil && !errors.Is(err, os.ErrNotExist) { // without shared memory there are no such files
			return err
		}
		p.files[i] = info
	}
	return nil
}

// check fails unless the files at the path are those that were opened. It
// cannot see that other content was copied into the same file, except for an
// empty one.
func (p *place) check() error {
	if p.emptied.Load() {
		return fmt.Errorf("%w: %s was emptied", errReplaced, p.path)
	}
	for i, opened := range p.files {
		if opened == nil {
			continue
		}
		there, err := os.Stat(p.path + suffixes[i])
		switch {
		case err != nil:
			return fmt.Errorf("%w: %w", errReplaced, err)
		case !os.SameFile(opened, there):
			return fmt.Errorf("%w: %s is another file", errReplaced, p.path+suffixes[i])
		case i == 0 && opened.Size() > 0 && there.Size() == 0:
			p.emptied.Store(true)
			return fmt.Errorf("%w: %s was emptied", errReplaced, p.path)
		}
	}
	return nil
}

// connector opens connections to the files of a place, and to no others. Its
// DSN must not create a file.
type connector struct {
	driver.Connector
	place *place
}

func newConnector(dsn string, p *place) (connector, error) {
	sqlite, err := modernc.NewConnector(dsn)
	return connector{sqlite, p}, err
}

// Connect implements driver.Connector.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	if err := c.place.check(); err != nil { // to open another file could already change it
		return nil, err
	}
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.place.check(); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}
