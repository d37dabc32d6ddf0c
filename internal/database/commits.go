package database

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"gorm.io/gorm"
)

const (
	maxWaiting  = 1024 // changes of a SQLite file at once; a caller beyond that gets an error
	maxTogether = 256  // changes in one commit; it bounds how long the first of them waits
)

var (
	errClosed    = errors.New("the database is closed")
	errUndone    = errors.New("undone")
	errQueueFull = errors.New("too many changes wait for the database")
)

// commits lets concurrent changes share a transaction, and with it the one
// fsync that makes them durable: SQLite has a single writer, and with one fsync
// each, every change would wait for all those before it.
//
// A change runs in the goroutine of its caller while that holds the turn, in a
// savepoint of its own. Whoever finds nobody waiting behind it commits, and
// all whose changes are in that transaction wait for the commit, those whose
// change failed too: what they saw may not have been durable yet.
type commits struct {
	db    *gorm.DB
	pool  *sql.DB
	check func() error // fails where the file is not the one that was opened

	mu      sync.Mutex // guards the next two
	waiting int        // changes that have entered and not left
	entered uint64     // changes so far

	turn        chan struct{} // holds one while a change runs; guards the rest
	conn        *connection   // nil: the next transaction opens one
	open        *batch        // the changes of the open transaction; nil: there is none
	failedUntil uint64        // changes that had entered when no transaction could be opened fail like that one
	failure     error
}

// batch is what one commit makes durable.
type batch struct {
	changes int
	done    chan struct{} // closed after the commit
	err     error         // of the commit; to be read after done
}

func newCommits(db *gorm.DB, pool *sql.DB, check func() error) (*commits, error) {
	c := &commits{db: db, pool: pool, check: check, turn: make(chan struct{}, 1)}
	if err := c.connect(); err != nil {
		return nil, err
	}
	db.ConnPool = &transaction{ended: true} // only a change can write
	return c, nil
}

func (c *commits) change(ctx context.Context, fn func(*gorm.DB) error) error {
	nth, err := c.enter()
	if err != nil {
		return err
	}
	if err := c.wait(ctx); err != nil {
		go c.pass()
		return err
	}
	joined, err := c.takeTurn(ctx, nth, fn)
	if joined == nil {
		return err
	}
	<-joined.done
	return cmp.Or(joined.err, err)
}

func (c *commits) enter() (nth uint64, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting == maxWaiting {
		return 0, errQueueFull
	}
	c.waiting++
	c.entered++
	return c.entered, nil
}

// wait waits for the turn, for as long as a statement may take at most: the
// change before may wait for something that never comes, such as another change
// that its function began.
func (c *commits) wait(ctx context.Context) error {
	select {
	case c.turn <- struct{}{}:
		return nil
	default:
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	select {
	case c.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pass takes a turn without a change, for a caller that waits no more: it may
// be the one that has to commit.
func (c *commits) pass() {
	c.turn <- struct{}{}
	c.leave()
}

// takeTurn runs the change of a caller that has the turn. joined is the batch to
// wait for, nil where the change was not begun.
func (c *commits) takeTurn(ctx context.Context, nth uint64, fn func(*gorm.DB) error) (joined *batch, err error) {
	defer c.leave() // after a panic in fn too
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if nth <= c.failedUntil {
		return nil, c.failure
	}
	if err := c.begin(); err != nil {
		return nil, err
	}
	joined = c.open
	joined.changes++
	return joined, c.run(ctx, fn)
}

// begin opens a transaction where there is none. Where that fails, it fails
// for all who wait: each may have waited for a lock on the file as long as it
// can be waited for.
func (c *commits) begin() error {
	if c.open != nil {
		return nil
	}
	err := c.connect()
	if err == nil {
		err = c.conn.exec("BEGIN IMMEDIATE")
	}
	if err != nil {
		c.discard()
		c.mu.Lock()
		c.failedUntil, c.failure = c.entered, err
		c.mu.Unlock()
		return err
	}
	c.open = &batch{done: make(chan struct{})}
	return nil
}

// run runs one change in a savepoint, which is undone unless fn succeeds.
func (c *commits) run(ctx context.Context, fn func(*gorm.DB) error) (err error) {
	kept := false
	defer func() {
		if !kept {
			c.undo(err)
		}
	}()
	if err = c.conn.exec("SAVEPOINT change"); err != nil {
		return err
	}
	if err = runIn(ctx, c.conn, c.db, fn); err != nil {
		return err
	}
	err = c.conn.exec("RELEASE change")
	kept = err == nil
	return err
}

// undo takes back what a change has written. Some failures make SQLite roll
// back the whole transaction, a full disk among them; then there is no
// savepoint any more, and all changes of the batch have failed. A panic has no
// cause. Source: https://sqlite.org/lang_transaction.html, section 3.
func (c *commits) undo(cause error) {
	err := c.conn.exec("ROLLBACK TO change")
	if err == nil {
		err = c.conn.exec("RELEASE change")
	}
	if err != nil {
		c.finish(fmt.Errorf("rolled back together with another change: %w: %v", errUndone, cmp.Or(cause, err)))
	}
}

// leave gives the turn to the next. Where there is none, or enough have come
// together, it commits first.
func (c *commits) leave() {
	defer func() { <-c.turn }()
	c.mu.Lock()
	c.waiting--
	last := c.waiting == 0
	c.mu.Unlock()
	if c.open != nil && (last || c.open.changes >= maxTogether) {
		c.commit()
	}
}

// commit writes nothing into a file that is known to be gone, and acknowledges
// nothing that was written into one.
func (c *commits) commit() {
	err := c.check()
	if err != nil {
		c.finish(err)
		c.leaveWAL()
		return
	}
	if err = c.conn.exec("COMMIT"); err != nil {
		c.finish(err)
		return
	}
	c.answer(c.check())
}

// leaveWAL moves everything from the WAL into the file that was opened, wherever
// that is. SQLite does it in the end only where the file is in its place, and
// would take the WAL, by its name, for that of a file that has replaced it.
func (c *commits) leaveWAL() {
	if c.conn != nil {
		_ = c.conn.exec("PRAGMA wal_checkpoint(TRUNCATE)") // of a file that is gone: nothing is left to be done
	}
}

// finish rolls back and answers everyone in the batch with err. It makes sure that no
// transaction is left open: a connection that cannot roll back is closed, which
// rolls back.
func (c *commits) finish(err error) {
	if c.conn.exec("ROLLBACK") != nil {
		c.discard()
	}
	c.answer(err)
}

// answer ends the batch.
func (c *commits) answer(err error) {
	c.open.err = err
	close(c.open.done)
	c.open = nil
}

func (c *commits) connect() (err error) {
	if c.conn == nil {
		c.conn, err = newConnection(c.pool)
	}
	return err
}

func (c *commits) discard() {
	if c.conn != nil {
		c.conn.discard()
		c.conn = nil
	}
}

// close closes the connection; no change is waiting any more.
func (c *commits) close() error {
	if c.check() != nil {
		c.leaveWAL()
	}
	c.discard()
	return c.pool.Close()
}
