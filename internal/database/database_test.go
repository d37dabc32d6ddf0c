package database_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"gorm.io/gorm"

	"sallyport/internal/database"
	"sallyport/tests/harness"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(writerVariable); path != "" {
		writeUntilKilled(path)
	}
	os.Exit(harness.Main(m))
}

// half is one of the two rows that a change of the tests writes.
type half struct {
	Item int `gorm:"primaryKey;autoIncrement:false"`
	Half int `gorm:"primaryKey;autoIncrement:false"`
}

const createHalves = "-- +goose Up\nCREATE TABLE halves (item integer NOT NULL, half integer NOT NULL, PRIMARY KEY (item, half));"

var schema = database.Migrations{Table: "halves", Columns: []string{"item", "half"}, Files: fstest.MapFS{
	"migrations/sqlite/00001_halves.sql":   {Data: []byte(createHalves)},
	"migrations/postgres/00001_halves.sql": {Data: []byte(createHalves)},
}}

func open(t testing.TB, name database.Driver, dsn string) *database.DB {
	t.Helper()
	db, err := database.Open(context.Background(), database.Options{Driver: name, DSN: dsn}, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if _, err := db.Migrate(context.Background(), schema); err != nil {
		t.Fatal(err)
	}
	return db
}

func onEach(t *testing.T, test func(t *testing.T, db *database.DB)) {
	t.Run("sqlite", func(t *testing.T) {
		test(t, open(t, database.SQLite, filepath.Join(t.TempDir(), "test.db")))
	})
	t.Run("postgres", func(t *testing.T) { test(t, open(t, database.Postgres, harness.PostgresURL(t))) })
}

// write writes both halves of an item, one statement each.
func write(tx *gorm.DB, item int) error {
	for i := range 2 {
		if err := tx.Create(&half{Item: item, Half: i}).Error; err != nil {
			return err
		}
	}
	return nil
}

// written returns the items that are in the table, and fails where one has
// only one half.
func written(t testing.TB, db *database.DB) (items []int) {
	t.Helper()
	var rows []half
	err := db.Read(context.Background(), func(db *gorm.DB) error { return db.Order("item, half").Find(&rows).Error })
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		if row.Half != i%2 || i%2 == 1 && rows[i-1].Item != row.Item {
			t.Fatalf("half of a change is written: %v", rows)
		}
		if i%2 == 0 {
			items = append(items, row.Item)
		}
	}
	return items
}

var errRefused = errors.New("refused")

// explosive is a value whose use as an argument panics inside of a statement.
type explosive struct{}

func (explosive) Value() (driver.Value, error) { panic("in a value") }

func TestWrite_AllOfAChangeOrNothing(t *testing.T) {
	onEach(t, func(t *testing.T, db *database.DB) {
		for _, tt := range []struct {
			why    string
			change func(tx *gorm.DB) error
			want   error // nil: it is written
			panics bool
		}{
			{"two statements", func(tx *gorm.DB) error { return write(tx, 1) }, nil, false},
			{"an error behind both", func(tx *gorm.DB) error { return errors.Join(write(tx, 2), errRefused) }, errRefused, false},
			{"an error between them", func(tx *gorm.DB) error { return errors.Join(tx.Create(&half{Item: 3}).Error, errRefused) }, errRefused, false},
			{"the second is a duplicate", func(tx *gorm.DB) error {
				return errors.Join(write(tx, 4), tx.Create(&half{Item: 1}).Error)
			}, gorm.ErrDuplicatedKey, false},
			{"a panic in the function", func(tx *gorm.DB) error { _ = write(tx, 5); panic("a bug") }, nil, true},
			{"a panic inside of a statement", func(tx *gorm.DB) error {
				_ = write(tx, 6)
				return tx.Exec("UPDATE halves SET half = ?", explosive{}).Error
			}, nil, true},
			{"a panic inside of a query", func(tx *gorm.DB) error {
				_ = write(tx, 7)
				return tx.Raw("SELECT item FROM halves WHERE half = ?", explosive{}).Scan(new([]int)).Error
			}, nil, true},
			{"nested, the inner one fails alone", func(tx *gorm.DB) error {
				inner := tx.Transaction(func(tx *gorm.DB) error { return errors.Join(write(tx, 99), errRefused) })
				if !errors.Is(inner, errRefused) {
					return inner
				}
				return write(tx, 8)
			}, nil, false},
			{"a session of its own", func(tx *gorm.DB) error {
				return errors.Join(write(tx.Session(&gorm.Session{PrepareStmt: true, NewDB: true}), 10), errRefused)
			}, errRefused, false},
			{"the transaction is not the function's to end", func(tx *gorm.DB) error {
				return errors.Join(write(tx, 9), tx.Commit().Error)
			}, gorm.ErrInvalidTransaction, false},
		} {
			err, panicked := try(func() error { return db.Write(context.Background(), tt.change) })
			if !errors.Is(err, tt.want) || panicked != tt.panics {
				t.Errorf("%s: %v, panicked %v", tt.why, err, panicked)
			}
		}
		if got := written(t, db); !slices.Equal(got, []int{1, 8}) { // a connection that stays taken would hang here
			t.Errorf("written: %v, want 1 and 8", got)
		}
	})
}

func try(do func() error) (err error, panicked bool) {
	defer func() { panicked = recover() != nil }()
	return do(), false
}

func TestWrite_TheHandleEndsWithTheFunction(t *testing.T) {
	onEach(t, func(t *testing.T, db *database.DB) {
		var kept *gorm.DB
		if err := db.Write(t.Context(), func(tx *gorm.DB) error { kept = tx; return nil }); err != nil {
			t.Fatal(err)
		}
		var count int
		for why, err := range map[string]error{
			"execute":             kept.Exec("DELETE FROM halves").Error,
			"query":               kept.Raw("SELECT 1").Scan(&count).Error,
			"one row":             kept.Raw("SELECT 1").Row().Scan(&count),
			"begin a transaction": kept.Transaction(func(tx *gorm.DB) error { return write(tx, 1) }),
		} {
			if err == nil {
				t.Errorf("%s: done after the end", why)
			}
		}
		if pool, err := kept.DB(); err == nil {
			t.Errorf("the pool is within reach: %v", pool)
		}
		if got := written(t, db); len(got) != 0 {
			t.Errorf("written: %v", got)
		}
	})
}

func TestWrite_ACallerThatHasLeftIsNotWritten(t *testing.T) {
	onEach(t, func(t *testing.T, db *database.DB) {
		ctx, leave := context.WithCancel(t.Context())
		leave()
		err := db.Write(ctx, func(tx *gorm.DB) error { return write(tx, 1) })
		if !errors.Is(err, context.Canceled) || len(written(t, db)) != 0 {
			t.Errorf("%v, written %v", err, written(t, db))
		}
	})
}

func TestWrite_AFunctionThatEndsItsGoroutineUndoesItsChange(t *testing.T) {
	onEach(t, func(t *testing.T, db *database.DB) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = db.Write(context.Background(), func(tx *gorm.DB) error { _ = write(tx, 1); runtime.Goexit(); return nil })
		}()
		<-done
		if err := db.Write(t.Context(), func(tx *gorm.DB) error { return write(tx, 2) }); err != nil {
			t.Fatal(err)
		}
		if got := written(t, db); !slices.Equal(got, []int{2}) {
			t.Errorf("written: %v, want 2", got)
		}
	})
}

func TestWrite_RowsThatStayOpenAreClosed(t *testing.T) {
	onEach(t, func(t *testing.T, db *database.DB) {
		for _, query := range []string{"SELECT item FROM halves", "UPDATE halves SET item = item RETURNING item", "SELECT 1"} {
			err := db.Write(t.Context(), func(tx *gorm.DB) error {
				rows, err := tx.Raw(query).Rows()
				if err == nil {
					rows.Next()
				}
				return err
			})
			if next := db.Write(t.Context(), func(tx *gorm.DB) error { return tx.Exec("DELETE FROM halves").Error }); err != nil || next != nil {
				t.Errorf("%s: %v, the next change: %v", query, err, next)
			}
		}
		for range 20 { // more than there are connections
			err := db.Read(t.Context(), func(db *gorm.DB) error {
				rows, err := db.Raw("SELECT 1").Rows()
				if err == nil {
					rows.Next()
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := db.Close(); err != nil { // what stays open would hold it up
			t.Error(err)
		}
	})
}

func TestWrite_StatementsOfSeveralGoroutinesAndTheirEnd(t *testing.T) {
	onEach(t, func(t *testing.T, db *database.DB) {
		const workers = 8
		var begun, group sync.WaitGroup
		begun.Add(workers)
		var acknowledged atomic.Int64
		err := db.Write(t.Context(), func(tx *gorm.DB) error {
			for w := range workers {
				group.Go(func() { // and goes on after the end
					for i := range 1000 {
						if tx.Create(&half{Item: w, Half: i}).Error != nil {
							break
						}
						if acknowledged.Add(1); i == 0 {
							begun.Done()
						}
					}
				})
			}
			begun.Wait()
			return nil
		})
		for range 20 { // others, whose savepoint the late ones must not get into
			err := db.Write(t.Context(), func(tx *gorm.DB) error { return errors.Join(write(tx, -1), errRefused) })
			if !errors.Is(err, errRefused) {
				t.Error(err)
			}
		}
		group.Wait()
		var stored int64
		countErr := db.Read(t.Context(), func(db *gorm.DB) error { return db.Model(&half{}).Count(&stored).Error })
		if err != nil || countErr != nil || stored != acknowledged.Load() {
			t.Errorf("%d acknowledged and %d stored: %v, %v", acknowledged.Load(), stored, err, countErr)
		}
	})
}

func TestWrite_WhatHasBegunGoesOnWhenItsCallerLeaves(t *testing.T) {
	onEach(t, func(t *testing.T, db *database.DB) {
		ctx, leave := context.WithCancel(t.Context())
		err := db.Write(ctx, func(tx *gorm.DB) error { leave(); return write(tx, 1) })
		if got := written(t, db); err != nil || !slices.Equal(got, []int{1}) {
			t.Errorf("%v, written %v", err, got)
		}
	})
}

func TestClose_WaitsForTheChangesThatHaveBegun(t *testing.T) {
	onEach(t, func(t *testing.T, db *database.DB) {
		closed := make(chan error)
		err := db.Write(t.Context(), func(tx *gorm.DB) error {
			go func() { closed <- db.Close() }()
			for refused := false; !refused; runtime.Gosched() {
				refused = db.Read(t.Context(), func(*gorm.DB) error { return nil }) != nil
			}
			select {
			case err := <-closed:
				t.Errorf("closed under a change: %v", err)
			default:
			}
			return write(tx, 1)
		})
		if closeErr := <-closed; err != nil || closeErr != nil {
			t.Errorf("%v, %v", err, closeErr)
		}
		if err := db.Write(t.Context(), func(tx *gorm.DB) error { return write(tx, 2) }); err == nil {
			t.Errorf("after Close: %v", err)
		}
	})
}

func TestRead_CannotWrite(t *testing.T) {
	onEach(t, func(t *testing.T, db *database.DB) {
		for why, attempt := range map[string]func(*gorm.DB) error{
			"create":  func(db *gorm.DB) error { return write(db, 1) },
			"update":  func(db *gorm.DB) error { return db.Model(&half{}).Where("item = 1").Update("half", 5).Error },
			"delete":  func(db *gorm.DB) error { return db.Where("item = 1").Delete(&half{}).Error },
			"execute": func(db *gorm.DB) error { return db.Exec("DELETE FROM halves").Error },
			"query": func(db *gorm.DB) error {
				return db.Raw("INSERT INTO halves VALUES (1, 0) RETURNING item").Scan(new(int)).Error
			},
			"one row": func(db *gorm.DB) error {
				return db.Raw("INSERT INTO halves VALUES (2, 0) RETURNING item").Row().Scan(new(int))
			},
			"a session": func(db *gorm.DB) error {
				return db.Session(&gorm.Session{PrepareStmt: true}).Exec("DELETE FROM halves").Error
			},
		} {
			if err := db.Read(t.Context(), attempt); err == nil {
				t.Errorf("%s: done", why)
			}
		}
		var rows int64
		err := db.Read(t.Context(), func(db *gorm.DB) error { return db.Model(&half{}).Count(&rows).Error })
		if rows != 0 || err != nil {
			t.Errorf("%d rows: %v", rows, err)
		}
	})
}

// TestRead_AQueryWhileRowsAreOpen needs a second connection: as many reads as
// run at once must not wait for each other for ever.
func TestRead_AQueryWhileRowsAreOpen(t *testing.T) {
	const atOnce = 4 // reads of a SQLite file
	db := open(t, database.SQLite, filepath.Join(t.TempDir(), "test.db"))
	var opened, group sync.WaitGroup
	opened.Add(atOnce)
	for range atOnce {
		group.Go(func() {
			err := db.Read(t.Context(), func(db *gorm.DB) error {
				rows, err := db.Raw("SELECT 1").Rows()
				opened.Done()
				opened.Wait()
				if err != nil {
					return err
				}
				return errors.Join(db.Raw("SELECT 2").Scan(new(int)).Error, rows.Close())
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

func TestOnStatement_CountsReadsAndWritesOnce(t *testing.T) {
	onEach(t, func(t *testing.T, db *database.DB) {
		statements := 0
		if err := db.OnStatement(func(context.Context) { statements++ }); err != nil {
			t.Fatal(err)
		}
		for _, step := range []struct {
			why  string
			do   func() error
			want int
		}{
			{"a change of two statements", func() error { return db.Write(t.Context(), func(tx *gorm.DB) error { return write(tx, 1) }) }, 2},
			{"a query", func() error { written(t, db); return nil }, 3},
			{"one written statement", func() error {
				return db.WriteStatement(t.Context(), func(tx *gorm.DB) error { return tx.Exec("DELETE FROM halves").Error })
			}, 4},
			{"a ping", func() error { return db.Ping(t.Context()) }, 4},
		} {
			if err := step.do(); err != nil || statements != step.want {
				t.Errorf("with %s they are %d, want %d: %v", step.why, statements, step.want, err)
			}
		}
	})
}

// with adds a migration of both engines.
func with(m database.Migrations, name, statements string) database.Migrations {
	files := maps.Clone(m.Files.(fstest.MapFS))
	for _, engine := range []string{"sqlite", "postgres"} {
		files["migrations/"+engine+"/"+name] = &fstest.MapFile{Data: []byte("-- +goose Up\n" + statements)}
	}
	m.Files = files
	return m
}

func TestMigrate_SecondTimeHasNothingToDo(t *testing.T) {
	onEach(t, func(t *testing.T, db *database.DB) {
		if applied, err := db.Migrate(t.Context(), schema); len(applied) != 0 || err != nil {
			t.Errorf("applied %v again: %v", applied, err)
		}
		more := with(schema, "00002_more.sql", "CREATE TABLE more (id integer);")
		for i, want := range []bool{true, false} {
			if err := db.CheckSchema(t.Context(), more); errors.Is(err, database.ErrSchema) != want {
				t.Errorf("pending before run %d: %v", i, err)
			}
			if applied, err := db.Migrate(t.Context(), more); len(applied) > 0 != want || err != nil {
				t.Errorf("run %d applied %v: %v", i, applied, err)
			}
		}
	})
}

// The program's own migrations come with later versions, and have lower numbers
// than those of who extends it.
func TestMigrate_ALowerNumberThatComesLaterIsApplied(t *testing.T) {
	onEach(t, func(t *testing.T, db *database.DB) {
		extended := with(schema, "10000_yours.sql", "CREATE TABLE yours (id integer);")
		later := with(extended, "00002_ours.sql", "CREATE TABLE ours (id integer);")
		if applied, err := db.Migrate(t.Context(), extended); len(applied) != 1 || err != nil {
			t.Fatalf("applied %v: %v", applied, err)
		}
		if err := db.CheckSchema(t.Context(), later); !errors.Is(err, database.ErrSchema) || !strings.Contains(err.Error(), "without the migrations [2]") {
			t.Errorf("before the upgrade: %v", err)
		}
		if applied, err := db.Migrate(t.Context(), later); len(applied) != 1 || err != nil {
			t.Errorf("the upgrade applied %v: %v", applied, err)
		}
		if err := db.CheckSchema(t.Context(), later); err != nil {
			t.Errorf("after the upgrade: %v", err)
		}
		if err := db.Write(t.Context(), func(tx *gorm.DB) error { return tx.Exec("INSERT INTO ours VALUES (1)").Error }); err != nil {
			t.Error(err)
		}
	})
}

func TestOpen_UnknownDriverIsAnError(t *testing.T) {
	if _, err := database.Open(t.Context(), database.Options{Driver: "mysql"}, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("opened")
	}
}
