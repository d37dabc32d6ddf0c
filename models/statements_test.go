package models_test

import (
	"testing"

	"sallyport/models"
)

func TestOnStatement_CountsReadsAndWritesOnce(t *testing.T) {
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		store := open(t, driver, dsn)
		statements := 0
		if err := store.OnStatement(func() { statements++ }); err != nil {
			t.Fatal(err)
		}
		user := create(t, store, "ada") // inserts, and loads
		if statements != 2 {
			t.Errorf("a create and a load were %d statements", statements)
		}
		if _, err := store.ReplaceSessions(t.Context(), user, nil); err != nil {
			t.Fatal(err)
		}
		if statements != 3 {
			t.Errorf("with a write they were %d statements", statements)
		}
		if err := store.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		if statements != 3 {
			t.Errorf("a ping is counted: %d statements", statements)
		}
	})
}
