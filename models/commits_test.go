package models

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"gorm.io/gorm"
)

// together starts writes that are sure to share a transaction and returns what
// each of them was told.
func together(t *testing.T, store *Store, writes ...func(*gorm.DB) *gorm.DB) []error {
	t.Helper()
	release, held := hold(store)
	answers := make([]error, len(writes))
	var group sync.WaitGroup
	for i, write := range writes {
		group.Go(func() { _, answers[i] = store.change(context.Background(), write) })
		for waiting(store) <= i { // in this order
			runtime.Gosched()
		}
	}
	release()
	group.Wait()
	if err := <-held; err != nil {
		t.Fatal(err)
	}
	return answers
}

func waiting(store *Store) int {
	store.commits.mu.Lock()
	defer store.commits.mu.Unlock()
	return len(store.commits.waiting)
}

// hold occupies the writer until release is called.
func hold(store *Store) (release func(), held <-chan error) {
	begun, released, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		_, err := store.change(context.Background(), func(db *gorm.DB) *gorm.DB {
			close(begun)
			<-released
			return db
		})
		done <- err
	}()
	<-begun
	return func() { close(released) }, done
}

func insert(name string, times *int) func(*gorm.DB) *gorm.DB {
	user := User{ID: uuid.New(), Username: name, Email: name + "@example.com", Role: RoleUser}
	return func(db *gorm.DB) *gorm.DB {
		*times++
		return db.Create(&user)
	}
}

func names(t *testing.T, store *Store) string {
	t.Helper()
	var names []string
	if err := store.read.Model(&User{}).Order("username").Pluck("username", &names).Error; err != nil {
		t.Fatal(err)
	}
	return strings.Join(names, " ")
}

func TestCommits_WritesThatFailBringNoOtherDown(t *testing.T) {
	lost := errors.New("disk I/O error")
	tests := []struct {
		why   string
		write func(*gorm.DB) *gorm.DB
		want  string // in the error
		runs  int    // of the one before it
	}{
		{"a constraint leaves the transaction as it was", insert("taken", new(int)), "duplicated key", 1},
		{"anything else may have undone it", func(db *gorm.DB) *gorm.DB {
			db.Exec("ROLLBACK") // as SQLite does by itself when the disk is full
			db.AddError(lost)
			return db
		}, "disk I/O error", 2},
		{"a panic too", func(*gorm.DB) *gorm.DB { panic("a bug") }, "a bug", 2},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			store := openFile(t, filepath.Join(t.TempDir(), "test.db"))
			if _, err := store.change(t.Context(), insert("taken", new(int))); err != nil {
				t.Fatal(err)
			}
			var runs [2]int
			answers := together(t, store, insert("ada", &runs[0]), tt.write, insert("eve", &runs[1]))
			if answers[0] != nil || answers[2] != nil {
				t.Errorf("the others: %v, %v", answers[0], answers[2])
			}
			if answers[1] == nil || !strings.Contains(answers[1].Error(), tt.want) {
				t.Errorf("the one that failed: %v, want %q", answers[1], tt.want)
			}
			if got := names(t, store); got != "ada eve taken" {
				t.Errorf("in the table: %s", got)
			}
			if runs != [2]int{tt.runs, 1} {
				t.Errorf("the one before it ran %d times, the one after it %d, want %d and 1", runs[0], runs[1], tt.runs)
			}
		})
	}
}

func TestCommits_OneTransactionForAllThatWait(t *testing.T) {
	store := openFile(t, filepath.Join(t.TempDir(), "test.db"))
	versions := make([]int, 10)
	writes := make([]func(*gorm.DB) *gorm.DB, len(versions))
	for i := range writes {
		writes[i] = func(db *gorm.DB) *gorm.DB {
			// What another connection sees only changes with a commit.
			if err := store.read.Raw("SELECT count(*) FROM users").Scan(&versions[i]).Error; err != nil {
				t.Error(err)
			}
			return insert(fmt.Sprint("user", i), new(int))(db)
		}
	}
	for i, err := range together(t, store, writes...) {
		if err != nil || versions[i] != 0 {
			t.Errorf("write %d: %v; others were committed before it: %d", i, err, versions[i])
		}
	}
}

func TestCommits_ALockedDatabaseFailsAllAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	store, other := openFile(t, path), openFile(t, path)
	if err := store.write.Exec("PRAGMA busy_timeout = 1").Error; err != nil {
		t.Fatal(err)
	}
	if _, err := other.commits.begin.Exec(); err != nil {
		t.Fatal(err)
	}
	runs := 0
	for _, err := range together(t, store, insert("ada", &runs), insert("eve", &runs)) {
		if err == nil || !strings.Contains(err.Error(), "locked") {
			t.Errorf("while another program writes: %v", err)
		}
	}
	if _, err := other.commits.rollback.Exec(); err != nil {
		t.Fatal(err)
	}
	if _, err := store.change(t.Context(), insert("ada", &runs)); err != nil || names(t, store) != "ada" || runs != 1 {
		t.Errorf("afterwards: %v, %q, %d runs", err, names(t, store), runs)
	}
}

func TestCommits_AClientThatGoesAwayUndoesNothing(t *testing.T) {
	store := openFile(t, filepath.Join(t.TempDir(), "test.db"))
	ctx, leave := context.WithCancel(t.Context())
	runs := 0
	release, held := hold(store)
	done := make(chan error)
	go func() {
		_, err := store.change(ctx, func(db *gorm.DB) *gorm.DB {
			leave()
			return insert("ada", &runs)(db)
		})
		done <- err
	}()
	for waiting(store) < 1 {
		runtime.Gosched()
	}
	release()
	if err := errors.Join(<-held, <-done); err != nil {
		t.Error(err)
	}
	write := insert("eve", &runs)
	_, err := store.change(ctx, write)
	if !errors.Is(err, context.Canceled) || names(t, store) != "ada" {
		t.Errorf("a write for a client that has left: %v, in the table %q", err, names(t, store))
	}
}

func TestCommits_CloseAnswersWhatWasTakenAndRefusesTheRest(t *testing.T) {
	store := openFile(t, filepath.Join(t.TempDir(), "test.db"))
	release, held := hold(store)
	taken := make(chan error)
	go func() {
		_, err := store.change(context.Background(), insert("ada", new(int)))
		taken <- err
	}()
	for waiting(store) < 1 {
		runtime.Gosched()
	}
	closed := make(chan error)
	go func() { closed <- store.Close() }()
	for !closing(store) {
		runtime.Gosched()
	}
	if _, err := store.change(t.Context(), insert("late", new(int))); !errors.Is(err, errClosed) {
		t.Errorf("after Close: %v", err)
	}
	release()
	if err := errors.Join(<-held, <-taken, <-closed); err != nil {
		t.Error(err)
	}
}

func closing(store *Store) bool {
	store.commits.mu.Lock()
	defer store.commits.mu.Unlock()
	return store.commits.closed
}
