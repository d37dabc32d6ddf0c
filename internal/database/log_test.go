package database

import (
	"bytes"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"gorm.io/gorm"
)

func TestQueryLog_LogsFailuresWithoutValuesAndNoTakenNames(t *testing.T) {
	var log bytes.Buffer
	db, err := Open(t.Context(), Options{Driver: SQLite, DSN: filepath.Join(t.TempDir(), "test.db")}, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Migrate(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		err = db.Write(t.Context(), insert("canary"))
	}
	if !errors.Is(err, gorm.ErrDuplicatedKey) || log.Len() != 0 {
		t.Errorf("a taken name: %v, logged %q", err, log.String())
	}
	err = db.Write(t.Context(), func(tx *gorm.DB) error {
		return tx.Exec("INSERT INTO items (name, colour) VALUES (?, 1)", "canary").Error
	})
	if logged := log.String(); err == nil || !strings.Contains(logged, "no column named colour") || strings.Contains(logged, "canary") {
		t.Errorf("a column that is none: %v, logged %q", err, logged)
	}
}
