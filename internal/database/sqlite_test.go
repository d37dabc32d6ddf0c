package database

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"gorm.io/gorm"
)

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
		db := openFile(t, path)
		if err := db.Write(t.Context(), insert("ada")); err != nil || names(t, db) != "ada" { // a reader sees what the writer wrote
			t.Errorf("%s: %v, %q", name, err, names(t, db))
		}
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSQLite_AReadWaitsForNoConnectionLongerThanItsClientWaits(t *testing.T) {
	db, _ := openTemporary(t)
	engine := db.engine.(file)
	if err := engine.readers.Acquire(t.Context(), sqliteReaders); err != nil { // all are stuck
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) { // with a clock of its own: the wait takes no time
		err := engine.read(t.Context(), func(*gorm.DB) error { t.Error("it ran"); return nil })
		if !Unavailable(err) {
			t.Errorf("a read behind stuck ones: %v", err)
		}
	})
}
