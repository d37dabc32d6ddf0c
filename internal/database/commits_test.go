package database

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"

	"gorm.io/gorm"
)

// item has a name that is unique, and may name an item that has to be there
// when the transaction is committed.
type item struct {
	Name   string
	Needs  *string
	Filler string
}

var schema = Migrations{Table: "items", Files: fstest.MapFS{"migrations/sqlite/00001_items.sql": {Data: []byte(`-- +goose Up
CREATE TABLE items (name TEXT PRIMARY KEY, filler TEXT, needs TEXT REFERENCES items (name) DEFERRABLE INITIALLY DEFERRED);`)}}}

func openFile(t *testing.T, path string) *DB {
	t.Helper()
	db, err := Open(t.Context(), Options{Driver: SQLite, DSN: path}, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if _, err := db.Migrate(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	return db
}

func openTemporary(t *testing.T) (*DB, *commits) {
	t.Helper()
	db := openFile(t, filepath.Join(t.TempDir(), "test.db"))
	return db, db.engine.(file).commits
}

func (c *commits) inQueue() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.waiting
}

// together makes the changes in one transaction, in this order, and returns what
// each of them was answered.
func together(t *testing.T, c *commits, changes ...func(*gorm.DB) error) []error {
	t.Helper()
	answers := make([]error, len(changes))
	next := 0 // guarded by the turn
	var group sync.WaitGroup
	c.turn <- struct{}{}
	for i := range changes {
		group.Go(func() {
			turn := i // where the change is not run
			err := c.change(context.Background(), func(tx *gorm.DB) error {
				turn, next = next, next+1
				return changes[turn](tx)
			})
			answers[turn] = err
		})
	}
	for c.inQueue() < len(changes) {
		runtime.Gosched()
	}
	<-c.turn
	group.Wait()
	return answers
}

func insert(name string) func(*gorm.DB) error {
	return func(tx *gorm.DB) error { return tx.Create(&item{Name: name}).Error }
}

func names(t *testing.T, db *DB) string {
	t.Helper()
	var found []string
	err := db.Read(context.Background(), func(db *gorm.DB) error {
		return db.Model(&item{}).Order("name").Pluck("name", &found).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(found, " ")
}

func TestCommits_OneTransactionForAllThatWait(t *testing.T) {
	db, c := openTemporary(t)
	visible := make([]string, 10)
	changes := make([]func(*gorm.DB) error, len(visible))
	for i := range changes {
		changes[i] = func(tx *gorm.DB) error {
			visible[i] = names(t, db) // what another connection sees only changes with a commit
			return insert(fmt.Sprint("item", i))(tx)
		}
	}
	for i, err := range together(t, c, changes...) {
		if err != nil || visible[i] != "" {
			t.Errorf("change %d: %v; committed before it: %s", i, err, visible[i])
		}
	}
}

func TestCommits_ACommitThatFailsFailsAllOfItsBatch(t *testing.T) {
	db, c := openTemporary(t)
	nobody := "nobody"
	answers := together(t, c, insert("ada"),
		func(tx *gorm.DB) error { return tx.Create(&item{Name: "orphan", Needs: &nobody}).Error }, // allowed until the commit
		func(tx *gorm.DB) error { return errors.Join(insert("refused")(tx), gorm.ErrDuplicatedKey) },
	)
	for i, err := range answers {
		if err == nil || !strings.Contains(err.Error(), "FOREIGN KEY") {
			t.Errorf("change %d: %v", i, err)
		}
	}
	if err := c.change(t.Context(), insert("eve")); err != nil || names(t, db) != "eve" {
		t.Errorf("afterwards: %v, %q", err, names(t, db))
	}
}

var errNoSpace = errors.New("no space")

// TestCommits_ATransactionThatIsGoneFailsAllOfItsBatch ends the transaction in
// the middle, as SQLite does by itself when the disk is full; the ROLLBACK
// after it fails then.
func TestCommits_ATransactionThatIsGoneFailsAllOfItsBatch(t *testing.T) {
	db, c := openTemporary(t)
	before := c.conn
	answers := together(t, c, insert("ada"),
		func(tx *gorm.DB) error { return errors.Join(tx.Exec("ROLLBACK").Error, errNoSpace) },
		insert("eve"),
	)
	if answers[0] == nil || answers[1] == nil || answers[2] != nil {
		t.Errorf("the one before, the one that failed, the one after: %v", answers)
	}
	if !Unavailable(answers[0]) || errors.Is(answers[0], errNoSpace) {
		t.Errorf("the one before is answered with the error of another: %v", answers[0])
	}
	if c.conn == before {
		t.Error("the connection is used on after a ROLLBACK that failed")
	}
	if got := names(t, db); got != "eve" {
		t.Errorf("written: %s", got)
	}
}

func TestCommits_AFullDiskFailsOnlyWhatDoesNotFit(t *testing.T) {
	db, c := openTemporary(t)
	limit := func(pages int) {
		if err := c.conn.exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages)); err != nil {
			t.Fatal(err)
		}
	}
	limit(1) // in effect: as many as there are
	big := func(tx *gorm.DB) error {
		return errors.Join(insert("half")(tx), tx.Create(&item{Name: "big", Filler: strings.Repeat("x", 100_000)}).Error)
	}
	answers := together(t, c, insert("ada"), big, insert("eve"))
	if !Unavailable(answers[1]) {
		t.Errorf("what does not fit: %v", answers[1])
	}
	want := ""
	for i, name := range []string{"ada", "", "eve"} { // whether the neighbours fit too is SQLite's decision; the answers must say so
		switch {
		case i == 1:
		case answers[i] == nil:
			want += " " + name
		case !Unavailable(answers[i]):
			t.Errorf("a neighbour: %v", answers[i])
		}
	}
	if got := names(t, db); got != strings.TrimSpace(want) {
		t.Errorf("written %q, answered %q", got, want)
	}
	if c.conn == nil {
		t.Fatal("no connection to raise the limit on")
	}
	limit(1_000_000)
	if err := c.change(t.Context(), big); err != nil {
		t.Errorf("after there is space: %v", err)
	}
}

func TestCommits_ALockedFileFailsAllThatWaitAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	db, other := openFile(t, path), openFile(t, path).engine.(file).commits
	c := db.engine.(file).commits
	if err := c.conn.exec("PRAGMA busy_timeout = 1"); err != nil {
		t.Fatal(err)
	}
	if err := other.conn.exec("BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	runs := 0
	counted := func(tx *gorm.DB) error { runs++; return insert("ada")(tx) }
	for _, err := range together(t, c, counted, counted, counted) {
		if !Unavailable(err) || !strings.Contains(err.Error(), "locked") {
			t.Errorf("while another program writes: %v", err)
		}
	}
	if err := other.conn.exec("ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if err := c.change(t.Context(), counted); err != nil || names(t, db) != "ada" || runs != 1 {
		t.Errorf("afterwards: %v, %q, %d runs", err, names(t, db), runs)
	}
}

func TestCommits_ACallerThatLeavesUndoesNothing(t *testing.T) {
	db, c := openTemporary(t)
	ctx, leave := context.WithCancel(t.Context())
	second := make(chan error)
	first := c.change(ctx, func(tx *gorm.DB) error {
		go func() { second <- c.change(ctx, insert("eve")) }() // has left by its turn, and has to commit all the same
		for c.inQueue() < 2 {
			runtime.Gosched()
		}
		leave()
		return insert("ada")(tx.WithContext(ctx))
	})
	if err := <-second; first != nil || !errors.Is(err, context.Canceled) || names(t, db) != "ada" {
		t.Errorf("begun: %v, has left before its turn: %v, written %q", first, err, names(t, db))
	}
}

func TestCommits_AChangeInsideOfAChangeFailsInsteadOfWaitingForItself(t *testing.T) {
	db, c := openTemporary(t)
	synctest.Test(t, func(t *testing.T) { // with a clock of its own: the wait takes no time
		c.turn = make(chan struct{}, 1) // one that this clock knows
		var inner error
		outer := c.change(t.Context(), func(tx *gorm.DB) error {
			inner = c.change(t.Context(), insert("inner"))
			return errors.Join(insert("outer")(tx), inner)
		})
		if !Unavailable(inner) || !errors.Is(outer, inner) {
			t.Errorf("inner: %v, outer: %v", inner, outer)
		}
		if err := c.change(t.Context(), insert("next")); err != nil {
			t.Errorf("the next one: %v", err)
		}
	})
	c.turn = make(chan struct{}, 1) // that of the clock ends with it
	if got := names(t, db); got != "next" {
		t.Errorf("written %q", got)
	}
}

func TestCommits_ClosingAnswersAFullQueueAndRefusesTheRest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	db := openFile(t, path)
	c := db.engine.(file).commits
	c.turn <- struct{}{}
	answers := make(chan error, maxWaiting)
	for i := range maxWaiting {
		go func() { answers <- db.Write(context.Background(), insert(fmt.Sprintf("item%04d", i))) }()
	}
	for c.inQueue() < maxWaiting {
		runtime.Gosched()
	}
	if err := c.change(t.Context(), insert("too many")); !Unavailable(err) {
		t.Errorf("beyond the queue: %v", err)
	}
	closed := make(chan error)
	go func() { closed <- db.Close() }()
	for refused := false; !refused; runtime.Gosched() {
		db.mu.Lock()
		refused = db.closed
		db.mu.Unlock()
	}
	if err := db.Write(t.Context(), insert("late")); !errors.Is(err, errClosed) {
		t.Errorf("while closing: %v", err)
	}
	<-c.turn
	for range maxWaiting {
		if err := <-answers; err != nil {
			t.Error(err)
		}
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if n := len(strings.Fields(names(t, openFile(t, path)))); n != maxWaiting {
		t.Errorf("%d are written, want %d", n, maxWaiting)
	}
}

func TestCommits_StatementsArePreparedOnceAndBounded(t *testing.T) {
	db, c := openTemporary(t)
	if err := c.change(t.Context(), insert("ada")); err != nil {
		t.Fatal(err)
	}
	kept := len(c.conn.prepared)
	err := c.change(t.Context(), func(tx *gorm.DB) error {
		return tx.Transaction(func(tx *gorm.DB) error { return insert("eve")(tx) })
	})
	if err != nil || len(c.conn.prepared) != kept {
		t.Errorf("%d statements are kept, before it %d: %v", len(c.conn.prepared), kept, err)
	}
	for i := range 2 * maxPrepared {
		err := c.change(t.Context(), func(tx *gorm.DB) error {
			return tx.Exec(fmt.Sprint("DELETE FROM items WHERE name = ? AND filler = ", i), "nobody").Error
		})
		if err != nil || len(c.conn.prepared) > maxPrepared {
			t.Fatalf("%d statements are kept: %v", len(c.conn.prepared), err)
		}
	}
	if got := strings.Fields(names(t, db)); !slices.Equal(got, []string{"ada", "eve"}) {
		t.Errorf("written: %v", got)
	}
}

func TestWrite_NothingIsAnsweredIntoAFileThatIsGone(t *testing.T) {
	db, c := openTemporary(t)
	inPlace, looks := c.check, 0
	for _, goneAt := range []int{1, 2} { // before the commit, and between it and its answer
		c.check, looks = func() error {
			if looks++; looks == goneAt {
				return errReplaced
			}
			return inPlace()
		}, 0
		err := db.Write(t.Context(), insert(fmt.Sprintf("gone%d", goneAt)))
		if !errors.Is(err, errReplaced) || !Unavailable(err) {
			t.Errorf("gone at look %d: %v", goneAt, err)
		}
	}
	c.check = inPlace
	if err := db.Write(t.Context(), insert("ada")); err != nil { // the same connection goes on
		t.Error(err)
	}
	if got := names(t, db); got != "ada gone2" {
		t.Errorf("written: %s", got)
	}
}

// A connection that is opened while another file is there would else stay with
// that file when the right one is back.
func TestSQLite_NoConnectionIsMadeToAnotherFile(t *testing.T) {
	db, _ := openTemporary(t)
	path := db.engine.(file).place.path
	if err := db.Write(t.Context(), insert("ada")); err != nil {
		t.Fatal(err)
	}
	rename := func(from, to string) {
		t.Helper()
		if err := os.Rename(path+from, path+to); err != nil {
			t.Fatal(err)
		}
	}
	for range 10 {
		rename("", ".first")
		pool, err := db.reading.DB()
		if err != nil {
			t.Fatal(err)
		}
		pool.SetMaxIdleConns(0) // closes those that are there
		pool.SetMaxIdleConns(sqliteReaders)
		if err := pool.PingContext(t.Context()); !Unavailable(err) {
			t.Errorf("connected: %v", err)
		}
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("it made a file: %v", err)
		}
		if err := db.Read(t.Context(), func(*gorm.DB) error { return nil }); !errors.Is(err, errReplaced) {
			t.Errorf("read: %v", err)
		}
		rename(".first", "")
		if got := names(t, db); got != "ada" {
			t.Errorf("read %q", got)
		}
	}
}
