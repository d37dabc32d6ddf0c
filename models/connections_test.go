package models_test

import (
	"database/sql"
	"strings"
	"testing"

	"sallyport/models"
	"sallyport/tests/harness"
)

// The server of the harness allows 200 connections, 3 of them for administrators.
func TestConnections_CountsWhatTheServerTheDatabaseAndTheRoleAllow(t *testing.T) {
	url := harness.PostgresURL(t)
	store, err := models.Open(t.Context(), models.Options{Driver: models.Postgres, DSN: url, MaxConns: 11}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for _, tt := range []struct {
		statement          string
		allowed, instances int
	}{
		{"SELECT 1", 197, 16},
		{"ALTER DATABASE " + url[strings.LastIndexByte(url, '/')+1:] + " CONNECTION LIMIT 60", 60, 5},
	} {
		run(t, url, tt.statement)
		c, err := store.Connections(t.Context())
		if err != nil || c.Own != 11 || c.Allowed != tt.allowed || c.Instances() != tt.instances || c.Pooled {
			t.Errorf("%s: %+v, %d instances, %v", tt.statement, c, c.Instances(), err)
		}
	}
	lite := open(t, models.SQLite, t.TempDir()+"/test.db")
	if c, err := lite.Connections(t.Context()); err != nil || c != (models.Connections{}) || c.Instances() != 0 {
		t.Errorf("SQLite: %+v, %v", c, err)
	}
}

// run runs a statement on a database as another program would.
func run(t *testing.T, url, statement string) {
	t.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}
