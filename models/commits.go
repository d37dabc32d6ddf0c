package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"gorm.io/gorm"
)

const maxTogether = 256 // changes in one commit; it bounds how long the first of them waits

var errClosed = errors.New("the database is closed")

// commits lets concurrent changes share a transaction, and with it the one
// fsync that makes them durable: SQLite has a single writer, and one fsync a
// change would make every change wait for all those before it.
//
// One goroutine takes whatever waits, runs it in one transaction and answers
// when that is durable. A change that fails brings none of the others down:
// then each runs once more by itself. BEGIN and COMMIT go through the pool like
// everything else, which has one connection and no other user once the schema
// is up to date, so that prepared statements serve all transactions.
type commits struct {
	db                      *gorm.DB
	begin, commit, rollback *sql.Stmt

	mu      sync.Mutex
	waiting []*change
	closed  bool
	wake    chan struct{} // holds one when there may be something to do
	stopped chan struct{}
}

// change is one write on its way.
type change struct {
	ctx   context.Context
	write func(*gorm.DB) *gorm.DB // may run twice
	rows  int64
	err   error
	done  chan struct{}
}

func startCommits(db *gorm.DB) (*commits, error) {
	pool, err := db.DB()
	if err != nil {
		return nil, err
	}
	c := &commits{db: db, wake: make(chan struct{}, 1), stopped: make(chan struct{})}
	for statement, prepared := range map[string]**sql.Stmt{
		"BEGIN IMMEDIATE": &c.begin, "COMMIT": &c.commit, "ROLLBACK": &c.rollback,
	} {
		if *prepared, err = pool.Prepare(statement); err != nil {
			return nil, fmt.Errorf("prepare %s: %w", statement, err)
		}
	}
	go c.run()
	return c, nil
}

// do runs the write and returns how many rows it changed, when they are
// durable. A caller that goes away does not undo a write that has begun: in
// SQLite that would undo the others of its transaction too.
func (c *commits) do(ctx context.Context, write func(*gorm.DB) *gorm.DB) (rows int64, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	change := &change{ctx: ctx, write: write, done: make(chan struct{})}
	if err := c.ask(change); err != nil {
		return 0, err
	}
	<-change.done
	return change.rows, change.err
}

func (c *commits) ask(change *change) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return errClosed
	}
	c.waiting = append(c.waiting, change)
	c.wakeUp()
	return nil
}

// close refuses further changes and waits for those that were taken.
func (c *commits) close() {
	c.mu.Lock()
	c.closed = true
	c.wakeUp()
	c.mu.Unlock()
	<-c.stopped
}

func (c *commits) wakeUp() {
	select {
	case c.wake <- struct{}{}:
	default: // it is about to look anyway
	}
}

func (c *commits) run() {
	defer close(c.stopped)
	for range c.wake {
		for {
			runtime.Gosched() // whoever is about to ask may join
			changes, closed := c.take()
			if len(changes) == 0 {
				if closed {
					return
				}
				break
			}
			c.write(changes)
			for _, change := range changes {
				close(change.done)
			}
		}
	}
}

// take returns the changes that wait at this moment.
func (c *commits) take() (changes []*change, closed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := min(len(c.waiting), maxTogether)
	changes, c.waiting = c.waiting[:n:n], c.waiting[n:]
	return changes, c.closed
}

func (c *commits) write(changes []*change) {
	if len(changes) > 1 {
		if c.together(changes) {
			return
		}
	}
	for _, change := range changes {
		change.run(c.db)
	}
}

// together runs the changes in one transaction. false means that nothing was
// written and each has to be tried by itself.
func (c *commits) together(changes []*change) (answered bool) {
	if _, err := c.begin.Exec(); err != nil {
		for _, change := range changes {
			change.err = err
		}
		return true
	}
	for _, change := range changes {
		if change.run(c.db); !harmless(change.err) {
			_, _ = c.rollback.Exec() // fails where SQLite has rolled back already
			return false
		}
	}
	if _, err := c.commit.Exec(); err != nil {
		_, _ = c.rollback.Exec()
		return false
	}
	return true
}

// harmless reports an error of one statement that leaves its transaction as it
// was (https://sqlite.org/lang_conflict.html, ABORT). Any other may have undone
// what came before.
func harmless(err error) bool {
	return err == nil || errors.Is(err, gorm.ErrDuplicatedKey) || errors.Is(err, gorm.ErrForeignKeyViolated)
}

func (c *change) run(db *gorm.DB) {
	defer func() {
		if cause := recover(); cause != nil {
			c.err = fmt.Errorf("panic in a write: %v", cause)
		}
	}()
	result := c.write(db.WithContext(context.WithoutCancel(c.ctx)))
	c.rows, c.err = result.RowsAffected, result.Error
}
