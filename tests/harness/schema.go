package harness

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/pressly/goose/v3"
)

// Migrations returns the numbers of all migrations in the tree, in their order:
// yours too, where you have added some.
func Migrations(t testing.TB) (numbers []int64) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(Root(), "models", "migrations", "sqlite", "*.sql"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		number, err := goose.NumericComponent(file)
		if err != nil {
			t.Fatal(err)
		}
		numbers = append(numbers, number)
	}
	slices.Sort(numbers)
	return numbers
}

// SchemaVersion returns the number of the newest migration.
func SchemaVersion(t testing.TB) int64 { t.Helper(); return slices.Max(Migrations(t)) }
