package harness

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sallyport/config"
	"sallyport/models"
)

// OpenSQL opens a database as another program would, and closes it when the
// test ends. The driver is "sqlite" or "pgx".
func OpenSQL(t testing.TB, driver, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// migratedFile is a SQLite database with the schema of the program, as the bytes of
// its file: to migrate one takes as long as many a test.
var migratedFile = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "sallyport-sqlite-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path, ctx := filepath.Join(dir, "app.db"), context.Background()
	store, err := models.Open(ctx, models.Options{Driver: models.SQLite, DSN: path}, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	_, err = store.Migrate(ctx)
	if err := errors.Join(err, store.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// openMigrated opens the database of a server and gives it the schema.
func openMigrated(t testing.TB, of config.Database, log *slog.Logger) *models.Store {
	t.Helper()
	if of.Driver == string(models.SQLite) {
		if err := placeMigrated(of.DSN); err != nil {
			t.Fatal(err)
		}
	}
	store, err := OpenStore(t.Context(), of, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	if _, err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return store
}

// placeMigrated makes the file, where there is none.
func placeMigrated(path string) error {
	content, err := migratedFile()
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o700)
	}
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	return errors.Join(err, file.Close())
}

// OnEachEmptyDatabase gives the test an empty database on each engine: the folder
// to start the built program in, the variable that names the database to it, and
// the database as another program opens it.
func OnEachEmptyDatabase(t *testing.T, test func(t *testing.T, dir, variable string, db *sql.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		test(t, dir, "DATABASE_URL=sqlite://app.db", OpenSQL(t, "sqlite", filepath.Join(dir, "app.db")+"?_pragma=busy_timeout(5000)"))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		url := PostgresURL(t)
		test(t, t.TempDir(), "DATABASE_URL="+url, OpenSQL(t, "pgx", url))
	})
}

// SQL opens the server's database as another program would.
func (s *Server) SQL(t testing.TB) *sql.DB {
	t.Helper()
	if s.Config.Database.Driver == string(models.Postgres) {
		return OpenSQL(t, "pgx", s.Config.Database.DSN)
	}
	return OpenSQL(t, "sqlite", "file:"+s.Config.Database.DSN+"?_pragma=busy_timeout(5000)")
}

// Column returns the one text that the query selects.
func Column(t testing.TB, db *sql.DB, query string) (text string) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), query).Scan(&text); err != nil {
		t.Fatal(err)
	}
	return text
}

// Contents is every row of every table of a SQLite database: equal contents
// show that nothing was written, in tables of later features too.
func (s *Server) Contents(t testing.TB) string {
	t.Helper()
	db := s.SQL(t)
	var all strings.Builder
	for _, table := range strings.Fields(Column(t, db, "SELECT group_concat(name, ' ') FROM sqlite_master WHERE type = 'table'")) {
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

// User returns the row of a user, as the program reads it.
func (s *Server) User(t testing.TB, username string) models.User {
	t.Helper()
	user, found, err := s.Store.UserByUsername(t.Context(), username)
	if err != nil || !found {
		t.Fatalf("the row of %s: found %v, %v", username, found, err)
	}
	return user
}

// Disable disables the user in the database, as an operator with SQL does. A
// server that remembers users (SESSION_CACHE_TTL) sees it later.
func (s *Server) Disable(t testing.TB, username string) {
	t.Helper()
	at := s.Clock.Now().UTC().Format(time.DateTime) + "+00:00"
	result, err := s.SQL(t).ExecContext(t.Context(), `UPDATE users SET disabled_at = $1 WHERE username = $2`, at, username)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := result.RowsAffected(); n != 1 || err != nil {
		t.Fatalf("%d users disabled: %v", n, err)
	}
}
