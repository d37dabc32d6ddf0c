package attacks

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"sallyport/tests/harness"
)

// misfit is a database that the program must not serve from.
type misfit struct {
	name    string
	made    bool     // by the program, before the statements
	changes []string // of another program
	says    []string // among them both versions
}

// misfitsOf returns the misfits of a program whose schema has this version.
func misfitsOf(version int64) []misfit {
	has, next := fmt.Sprint("version ", version), fmt.Sprint(version+1)
	return []misfit{
		{"of a newer program", true, []string{"INSERT INTO sallyport_migrations (version_id, is_applied) VALUES (" + next + ", true)"}, []string{"version " + next, fmt.Sprint("up to ", version)}},
		{"with a migration that is not known", true, []string{"UPDATE sallyport_migrations SET version_id = 2000 WHERE version_id = 2"}, []string{"2000", fmt.Sprint(version)}},
		{"of another program, with users", false, []string{"CREATE TABLE users (id integer PRIMARY KEY, name text)"}, []string{"users belongs to another program", has}},
		{"of another program with goose", false, []string{
			"CREATE TABLE users (id integer PRIMARY KEY, name text)",
			"CREATE TABLE goose_db_version (id integer PRIMARY KEY, version_id integer NOT NULL, is_applied boolean NOT NULL, tstamp timestamp)",
			"INSERT INTO goose_db_version (id, version_id, is_applied) VALUES (1, 0, true), (2, 1, true), (3, 2, true), (4, 3, true)",
		}, []string{"users belongs to another program", has}},
		{"without its main table", true, []string{"ALTER TABLE users RENAME TO former_users"}, []string{has, fmt.Sprint("knows ", version), "no table users"}},
		{"without another table", true, []string{"DROP TABLE unknown_logins"}, []string{has + ", as this program", "unknown_logins"}},
		{"without a column", true, []string{"ALTER TABLE users DROP COLUMN locale"}, []string{has + ", as this program", "users.locale"}},
		{"without its list", true, []string{"DROP TABLE sallyport_migrations"}, []string{"no list of migrations", fmt.Sprint("knows ", version)}},
	}
}

func TestAttack59_ASchemaThatDoesNotFitIsRefusedBeforeListening(t *testing.T) {
	t.Parallel()
	for _, misfit := range misfitsOf(harness.SchemaVersion(t)) {
		t.Run(misfit.name, func(t *testing.T) {
			t.Parallel()
			harness.OnEachEmptyDatabase(t, func(t *testing.T, dir, variable string, db *sql.DB) {
				if misfit.made {
					if p := harness.Built(t).Begin(t, dir, []string{"migrate"}, variable); p.ExitCode() != 0 {
						t.Fatal(p.Stderr.String())
					}
				}
				for _, change := range misfit.changes {
					if _, err := db.ExecContext(t.Context(), change); err != nil {
						t.Fatal(err)
					}
				}
				before := tables(t, db)
				for _, start := range [][]string{nil, {"MIGRATE=off"}, {"migrate"}, {"user", "unlock", "ada"}} {
					wantNotStarted(t, dir, start, variable, misfit.says)
				}
				if after := tables(t, db); after != before {
					t.Errorf("it made tables: %s, and before %s", after, before)
				}
			})
		})
	}
}

func wantNotStarted(t *testing.T, dir string, start []string, variable string, says []string) {
	t.Helper()
	variables, args := []string{"PORT=0", variable}, start
	if len(start) == 1 && strings.Contains(start[0], "=") {
		variables, args = append(variables, start[0]), nil
	}
	p := harness.Built(t).Begin(t, dir, args, variables...)
	code, said := p.ExitCode(), p.Stderr.String()
	if code != 1 || strings.Contains(p.Stdout.String(), "ready at") || strings.Contains(said, "taking requests") {
		t.Errorf("%v: exit code %d: %s", start, code, said)
	}
	for _, words := range says {
		if !strings.Contains(said, words) {
			t.Errorf("%v: it does not say %q: %s", start, words, said)
		}
	}
}

// Another program that uses goose keeps its list, and this one has its own.
func TestAttack59_TheMigrationsOfAnotherProgramStayUntouched(t *testing.T) {
	t.Parallel()
	harness.OnEachEmptyDatabase(t, func(t *testing.T, dir, variable string, db *sql.DB) {
		for _, statement := range []string{
			"CREATE TABLE orders (id integer PRIMARY KEY)",
			"CREATE TABLE goose_db_version (id integer PRIMARY KEY, version_id integer NOT NULL, is_applied boolean NOT NULL, tstamp timestamp)",
			"INSERT INTO goose_db_version (id, version_id, is_applied) VALUES (1, 0, true), (2, 1, true), (3, 20, true)",
		} {
			if _, err := db.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		harness.Built(t).Serve(t, dir, variable).SignUp("ada")
		harness.Built(t).Serve(t, dir, variable).SignIn("ada")
		if n := harness.Column(t, db, "SELECT CAST(count(*) AS TEXT) || ' ' || CAST(max(version_id) AS TEXT) FROM goose_db_version"); n != "3 20" {
			t.Errorf("the other list is now %s", n)
		}
		if n := harness.Column(t, db, "SELECT CAST(max(version_id) AS TEXT) FROM sallyport_migrations"); n != fmt.Sprint(harness.SchemaVersion(t)) {
			t.Errorf("its own has version %s", n)
		}
	})
}

// tables lists what is there, on either database.
func tables(t *testing.T, db *sql.DB) (names string) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), "SELECT string_agg(tablename, ' ' ORDER BY tablename) FROM pg_tables WHERE schemaname = 'public'").Scan(&names); err == nil {
		return names
	}
	return harness.Column(t, db, "SELECT group_concat(name, ' ') FROM (SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name)")
}
