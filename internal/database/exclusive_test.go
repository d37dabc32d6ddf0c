package database

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"

	"gorm.io/gorm"
)

func TestOpenExclusive_RefusesAFileInUseAndKeepsOthersOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.db")
	open := func() (*DB, error) {
		return Open(t.Context(), Options{Driver: SQLite, DSN: path}, slog.New(slog.DiscardHandler))
	}
	db, err := open()
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Write(t.Context(), func(tx *gorm.DB) error { return tx.Exec("CREATE TABLE t (id integer)").Error }); err != nil {
		t.Fatal(err)
	}
	if pool, err := OpenExclusive(t.Context(), path); !errors.Is(err, ErrInUse) {
		t.Errorf("of a file in use: %v, %v; want ErrInUse", pool, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	pool, err := OpenExclusive(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	other, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, err := other.ExecContext(t.Context(), "INSERT INTO t VALUES (2)"); err == nil {
		t.Error("a second program writes")
	}
	if _, err := pool.ExecContext(context.Background(), "INSERT INTO t VALUES (1)"); err == nil {
		t.Error("it can write")
	}
	if err := pool.Close(); err != nil {
		t.Fatal(err)
	}
	if db, err = open(); err != nil { // it is over
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

func TestOpenExclusive_MakesNoFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.db")
	if _, err := OpenExclusive(t.Context(), path); !errors.Is(err, ErrNoFile) {
		t.Errorf("%v, want ErrNoFile", err)
	}
}
