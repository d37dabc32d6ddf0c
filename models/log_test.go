package models

import (
	"bytes"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"
)

func TestQueryLog_TellsFailuresWithoutValuesAndNoTakenNames(t *testing.T) {
	var log bytes.Buffer
	store, err := Open(t.Context(), SQLite, filepath.Join(t.TempDir(), "test.db"), slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if _, err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		user := User{ID: uuid.New(), Username: "ada", Email: "ada@example.com", PasswordHash: "canary", Role: RoleUser}
		err = store.CreateUser(t.Context(), &user)
	}
	if err != ErrDuplicate || log.Len() != 0 {
		t.Errorf("a taken name: %v, logged %q", err, log.String())
	}
	user := User{ID: uuid.New(), Username: "eve", Email: "eve@example.com", PasswordHash: "canary", Role: "queen"}
	err = store.CreateUser(t.Context(), &user)
	if said := log.String(); err == nil || !strings.Contains(said, "CHECK constraint") || strings.Contains(said, "canary") {
		t.Errorf("a role that is none: %v, logged %q", err, said)
	}
}
