package harness

import (
	"database/sql"
	"testing"
	"time"
)

// Disable shuts the account, in the database: the API cannot do it yet. A
// server that remembers users (SESSION_CACHE_TTL) sees it later.
func (s *Server) Disable(t testing.TB, username string) {
	t.Helper()
	driver := map[string]string{"sqlite": "sqlite", "postgres": "pgx"}[s.Config.Database.Driver]
	db, err := sql.Open(driver, s.Config.Database.DSN)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	at := s.Clock.Now().UTC().Format(time.DateTime) + "+00:00"
	result, err := db.ExecContext(t.Context(), `UPDATE users SET disabled_at = $1 WHERE username = $2`, at, username)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := result.RowsAffected(); n != 1 || err != nil {
		t.Fatalf("%d users disabled: %v", n, err)
	}
}
