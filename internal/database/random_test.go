package database_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"gorm.io/gorm"
	"pgregory.net/rapid"

	"sallyport/internal/database"
)

// attempt is one change of a random batch, and whether it may stay.
type attempt struct {
	kind string
	item int
	ctx  context.Context
	err  error // what the caller got
	done bool  // the caller got an answer, and not a panic
}

// change does what the kind says. taken is the item of an earlier batch.
func (a *attempt) change(taken int) func(tx *gorm.DB) error {
	return func(tx *gorm.DB) error {
		switch a.kind {
		case "write":
			return write(tx, a.item)
		case "write and refuse":
			return errors.Join(write(tx, a.item), errRefused)
		case "write half and refuse":
			return errors.Join(tx.Create(&half{Item: a.item}).Error, errRefused)
		case "duplicate":
			return errors.Join(write(tx, a.item), tx.Create(&half{Item: taken}).Error)
		case "syntax error":
			return errors.Join(write(tx, a.item), tx.Exec("NO SUCH STATEMENT").Error)
		case "panic":
			_ = write(tx, a.item)
			panic("a bug")
		case "panic in a statement":
			_ = write(tx, a.item)
			return tx.Exec("UPDATE halves SET half = ?", explosive{}).Error
		case "nested failure":
			_ = tx.Transaction(func(tx *gorm.DB) error { return errors.Join(write(tx, -a.item), errRefused) })
			return write(tx, a.item)
		default: // "gone": its context has ended
			return write(tx, a.item)
		}
	}
}

func (a *attempt) stays() bool { return a.kind == "write" || a.kind == "nested failure" }

var kinds = []string{
	"write", "write", "write", "write and refuse", "write half and refuse", "duplicate", "syntax error",
	"panic", "panic in a statement", "nested failure", "gone",
}

// TestWrite_RandomBatchesAgreeWithAReference lets changes that fail in every way
// run among changes that must not notice, all at once.
func TestWrite_RandomBatchesAgreeWithAReference(t *testing.T) {
	onEach(t, func(t *testing.T, db *database.DB) {
		gone, leave := context.WithCancel(context.Background())
		leave()
		taken, next, batches := 1, 2, 0
		if err := db.Write(t.Context(), func(tx *gorm.DB) error { return write(tx, taken) }); err != nil {
			t.Fatal(err)
		}
		reference := []int{taken}
		rapid.Check(t, func(r *rapid.T) {
			batches++
			var batch []*attempt
			for _, kind := range rapid.SliceOfN(rapid.SampledFrom(kinds), 2, 24).Draw(r, "kinds") {
				a := &attempt{kind: kind, item: next, ctx: context.Background()}
				if kind == "gone" {
					a.ctx = gone
				}
				batch, next = append(batch, a), next+1
			}
			runAtOnce(db, taken, batch)
			for _, a := range batch {
				if a.stays() != (a.done && a.err == nil) {
					r.Fatalf("%q was answered: %v, %v", a.kind, a.done, a.err)
				}
				if a.stays() {
					reference = append(reference, a.item)
				}
			}
			if got := written(t, db); !slices.Equal(got, reference) {
				r.Fatalf("written: %v\nreference: %v", got, reference)
			}
		})
		t.Logf("%d batches, %d of %d changes stayed", batches, len(reference), next-1)
	})
}

func runAtOnce(db *database.DB, taken int, batch []*attempt) {
	begin := make(chan struct{})
	var group sync.WaitGroup
	for _, a := range batch {
		group.Go(func() {
			<-begin
			var panicked bool
			a.err, panicked = try(func() error { return db.Write(a.ctx, a.change(taken)) })
			a.done = !panicked
		})
	}
	close(begin)
	group.Wait()
}

const (
	writerVariable = "SALLYPORT_TEST_DATABASE_WRITER" // makes the test binary a writer of the file that it names
	writers        = 16
)

// writeUntilKilled writes items from many goroutines and prints the number of
// each that was answered.
func writeUntilKilled(path string) {
	db, err := database.Open(context.Background(), database.Options{Driver: database.SQLite, DSN: path}, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		panic(err)
	}
	var item atomic.Int64
	for range writers {
		go func() {
			for {
				n := int(item.Add(1))
				err := db.Write(context.Background(), func(tx *gorm.DB) error {
					if err := write(tx, n); err != nil || n%3 > 0 {
						return err
					}
					return errRefused // a neighbour that fails
				})
				if err == nil {
					fmt.Println(n) // one system call
				}
			}
		}()
	}
	select {}
}

func TestWrite_WhatWasAnsweredSurvivesSIGKILL(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	if err := open(t, database.SQLite, path).Close(); err != nil {
		t.Fatal(err)
	}
	answered := writeAndKill(t, path, 500)
	stored := map[int]bool{}
	for _, item := range written(t, open(t, database.SQLite, path)) {
		stored[item] = true
		if item%3 == 0 {
			t.Errorf("item %d was refused and is stored", item)
		}
	}
	for _, item := range answered {
		if !stored[item] {
			t.Errorf("item %d was answered and is gone", item)
		}
	}
	t.Logf("killed after %d answers; %d items were stored", len(answered), len(stored))
}

// writeAndKill returns what was answered until the writer was dead: at least
// so many.
func writeAndKill(t *testing.T, path string, atLeast int) (answered []int) {
	t.Helper()
	writer := exec.CommandContext(t.Context(), os.Args[0])
	writer.Env = append(os.Environ(), writerVariable+"="+path)
	writer.Stderr = os.Stderr
	stdout, err := writer.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := writer.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		item, err := strconv.Atoi(strings.TrimSpace(lines.Text()))
		if err != nil {
			continue // a line that the kill has cut
		}
		if answered = append(answered, item); len(answered) == atLeast {
			if err := writer.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = writer.Wait() // killed
	if len(answered) < atLeast {
		t.Fatalf("only %d answers", len(answered))
	}
	return answered
}
