package models

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/uuid"
)

func openFile(t *testing.T, path string) *Store {
	t.Helper()
	store, err := Open(t.Context(), SQLite, path, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	if _, err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return store
}

// That a write is durable, which two of them are for, shows the built program in
// tests/shipped.
func TestSQLite_HasThePragmasItIsOpenedWith(t *testing.T) {
	store := openFile(t, filepath.Join(t.TempDir(), "test.db"))
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000", // 2 is FULL
	} {
		var got string
		if err := store.write.Raw("PRAGMA " + pragma).Scan(&got).Error; err != nil || got != want {
			t.Errorf("%s is %q, want %q: %v", pragma, got, want, err)
		}
	}
}

func TestSQLite_ReadersCannotWrite(t *testing.T) {
	store := openFile(t, filepath.Join(t.TempDir(), "test.db"))
	if err := store.read.Exec("DELETE FROM users").Error; err == nil {
		t.Error("a reader wrote")
	}
	if err := store.write.Exec("DELETE FROM users").Error; err != nil {
		t.Errorf("the writer cannot: %v", err)
	}
}

func TestSQLite_FilesAreReadableByNobodyElse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	openFile(t, path)
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("test.db%s has mode %o", suffix, mode)
		}
	}
}

func TestSQLite_AnyPathIsAFileOfThatName(t *testing.T) {
	for _, name := range []string{"with space.db", "100%.db", "%41.db", "what?mode=memory", "a#b.db", "ü.db", "a&b=c.db", "deep/er/file.db"} {
		path := filepath.Join(t.TempDir(), name)
		store := openFile(t, path)
		user := User{ID: uuid.New(), Username: "ada", Email: "ada@example.com", Role: RoleUser, Sessions: []Session{}}
		if err := store.CreateUser(t.Context(), &user); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, found, err := store.UserByID(t.Context(), user.ID); !found || err != nil { // a reader sees what the writer wrote
			t.Errorf("%s: found %v, %v", name, found, err)
		}
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
