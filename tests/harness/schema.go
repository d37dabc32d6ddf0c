package harness

import (
	"path/filepath"
	"testing"

	"github.com/pressly/goose/v3"
)

// SchemaVersion returns the number of the newest migration in the tree, which is
// one of yours where you have added some.
func SchemaVersion(t testing.TB) (newest int64) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(Root(), "models", "migrations", "sqlite", "*.sql"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		version, err := goose.NumericComponent(file)
		if err != nil {
			t.Fatal(err)
		}
		newest = max(newest, version)
	}
	return newest
}
