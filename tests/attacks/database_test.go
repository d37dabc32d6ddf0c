package attacks

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"sallyport/models"
	"sallyport/tests/harness"
)

// database opens the server's database as another program would.
func database(t *testing.T, server *harness.Server) *sql.DB {
	t.Helper()
	c := server.Config.Database
	driver, dsn := "pgx", c.DSN
	if models.Driver(c.Driver) == models.SQLite {
		driver, dsn = "sqlite", "file:"+c.DSN+"?_pragma=busy_timeout(5000)"
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// contents is every row of every table of a SQLite database: equal contents
// mean that nothing was done, in tables of later features too.
func contents(t *testing.T, server *harness.Server) string {
	t.Helper()
	db := database(t, server)
	var all strings.Builder
	for _, table := range strings.Fields(column(t, db, "SELECT group_concat(name, ' ') FROM sqlite_master WHERE type = 'table'")) {
		rows, err := db.QueryContext(t.Context(), "SELECT * FROM "+table)
		if err != nil {
			t.Fatal(err)
		}
		names, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		values, targets := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			targets[i] = &values[i]
		}
		for rows.Next() {
			if err := rows.Scan(targets...); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintln(&all, table, values)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}

func column(t *testing.T, db *sql.DB, query string) (text string) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), query).Scan(&text); err != nil {
		t.Fatal(err)
	}
	return text
}

// row is Ada's, as the program reads it.
func row(t *testing.T, server *harness.Server) models.User {
	t.Helper()
	user, found, err := server.Store.UserByEmail(t.Context(), "ada@example.com")
	if err != nil || !found {
		t.Fatalf("Ada's row: found %v, %v", found, err)
	}
	return user
}
