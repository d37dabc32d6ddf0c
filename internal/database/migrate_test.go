package database_test

import (
	"database/sql"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/pressly/goose/v3/lock"

	"sallyport/internal/database"
	"sallyport/tests/harness"
)

// twoMigrations make a table, and then change it and make another.
var twoMigrations = database.Migrations{Table: "items", Columns: []string{"id"}, Files: fstest.MapFS{
	"migrations/postgres/00001_items.sql": {Data: []byte("-- +goose Up\nCREATE TABLE items (id integer PRIMARY KEY);")},
	"migrations/postgres/00002_named.sql": {Data: []byte("-- +goose Up\nCREATE TABLE others (id integer);\nALTER TABLE items ADD COLUMN name text;")},
}}

func only(m database.Migrations, path string) database.Migrations {
	files := m.Files.(fstest.MapFS)
	m.Files = fstest.MapFS{path: files[path]}
	return m
}

// oneToGo opens a database on which the second migration is pending, with a log.
func oneToGo(t *testing.T, parameters string) (db *database.DB, other *sql.DB, log *harness.Log) {
	t.Helper()
	url := harness.PostgresURL(t)
	log = &harness.Log{}
	db, err := database.Open(t.Context(), database.Options{Driver: database.Postgres, DSN: url + parameters}, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if _, err := db.Migrate(t.Context(), only(twoMigrations, "migrations/postgres/00001_items.sql")); err != nil {
		t.Fatal(err)
	}
	return db, harness.OpenSQL(t, "pgx", url), log
}

// awaitLine returns when the log has the words.
func awaitLine(t *testing.T, log *harness.Log, words string) {
	t.Helper()
	harness.Await(t, func() error {
		if !strings.Contains(log.String(), words) {
			return fmt.Errorf("no line %q in %s", words, log.String())
		}
		return nil
	})
}

func begin(t *testing.T, db *sql.DB, statement string) *sql.Tx {
	t.Helper()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback() })
	if _, err := tx.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
	return tx
}

func TestMigrate_ALockThatIsHadLaterIsWaitedForInShortPieces(t *testing.T) {
	db, other, log := oneToGo(t, "?lock_timeout=50")
	reader := begin(t, other, "LOCK TABLE items IN ACCESS SHARE MODE") // as a long query has it
	ended := make(chan error)
	go func() { _, err := db.Migrate(t.Context(), twoMigrations); ended <- err }()
	awaitLine(t, log, "a migration did not get the lock of a table")
	if err := reader.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestMigrate_ALockThatIsNeverHadLeavesNothingHalfAndIsSaid(t *testing.T) {
	db, other, _ := oneToGo(t, "?lock_timeout=20")
	reader := begin(t, other, "LOCK TABLE items IN ACCESS SHARE MODE")
	_, err := db.Migrate(t.Context(), twoMigrations)
	if err == nil || !strings.Contains(err.Error(), "version:2") || !strings.Contains(err.Error(), "holds the lock of a table") {
		t.Errorf("%v", err)
	}
	if there := harness.Column(t, other, "SELECT COALESCE(to_regclass('others')::text, '')"); there != "" {
		t.Error("half of the migration is there")
	}
	if err := reader.Rollback(); err != nil {
		t.Fatal(err)
	}
	if applied, err := db.Migrate(t.Context(), twoMigrations); len(applied) != 1 || err != nil {
		t.Errorf("afterwards: %v, %v", applied, err)
	}
}

// A probe kills an instance that migrates for too long.
func TestMigrate_OneThatIsKilledCanBeMadeAgain(t *testing.T) {
	db, other, _ := oneToGo(t, "?lock_timeout=60000")
	reader := begin(t, other, "LOCK TABLE items IN ACCESS SHARE MODE")
	ended := make(chan error)
	go func() { _, err := db.Migrate(t.Context(), twoMigrations); ended <- err }()
	harness.Await(t, func() error {
		killed := harness.Column(t, other, "SELECT CAST(count(pg_terminate_backend(pid)) AS text) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
		if killed == "0" {
			return fmt.Errorf("no migration waits")
		}
		return nil
	})
	if err := <-ended; err == nil {
		t.Error("it says that it has migrated")
	}
	if err := reader.Rollback(); err != nil {
		t.Fatal(err)
	}
	if applied, err := db.Migrate(t.Context(), twoMigrations); len(applied) != 1 || err != nil {
		t.Errorf("afterwards: %v, %v", applied, err)
	}
}

func TestMigrate_WaitingForAnotherInstanceIsLogged(t *testing.T) {
	db, other, log := oneToGo(t, "")
	another := begin(t, other, fmt.Sprintf("SELECT pg_advisory_xact_lock(%d)", int64(lock.DefaultLockID)))
	ended := make(chan error)
	go func() { _, err := db.Migrate(t.Context(), twoMigrations); ended <- err }()
	awaitLine(t, log, "another instance migrates the database")
	if err := another.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestMigrate_ManyAtOnceMigrateOnce(t *testing.T) {
	url := harness.PostgresURL(t)
	applied := make([][]string, 10)
	harness.Together(harness.Times(len(applied), func(i int) {
		db, err := database.Open(t.Context(), database.Options{Driver: database.Postgres, DSN: url}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Error(err)
			return
		}
		defer db.Close()
		if applied[i], err = db.Migrate(t.Context(), twoMigrations); err != nil {
			t.Error(err)
		}
	})...)
	if all := slices.Concat(applied...); len(all) != 2 {
		t.Errorf("applied %v", applied)
	}
}
