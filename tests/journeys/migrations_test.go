package journeys

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sallyport/tests/harness"
)

// asBefore gives a database the form that the first version of the program left:
// its list of migrations had goose's name, and two entries beside those of who
// extended it.
var asBefore = []string{
	"DELETE FROM unknown_logins WHERE id > 1",
	"DROP INDEX users_avatar_url", "DROP INDEX users_cover_image_url",
	"DROP TABLE activity", "DROP TABLE outbox", "DROP TABLE one_time_tokens", "ALTER TABLE users DROP COLUMN locale",
	"DELETE FROM sallyport_migrations WHERE version_id IN (3, 4)",
	"ALTER TABLE sallyport_migrations RENAME TO goose_db_version",
}

func makeOld(t *testing.T, dir, variable string, db *sql.DB) (ada harness.Tokens) {
	t.Helper()
	p := harness.Built(t).Serve(t, dir, variable)
	ada = p.SignUp("ada")
	p.Stop(os.Interrupt)
	for _, statement := range asBefore {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	return ada
}

func wantAdopted(t *testing.T, db *sql.DB) {
	t.Helper()
	if n := harness.Column(t, db, "SELECT CAST(count(*) AS TEXT) FROM sallyport_migrations WHERE version_id BETWEEN 1 AND 4"); n != "4" {
		t.Errorf("%s migrations on the list", n)
	}
	if n := harness.Column(t, db, "SELECT CAST(count(*) AS TEXT) FROM unknown_logins"); n != "256" {
		t.Errorf("%s rows", n)
	}
	var count int
	if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM goose_db_version").Scan(&count); err == nil {
		t.Error("the former list is still there")
	}
}

func TestMigrations_TheListOfAnEarlierVersionIsAdopted(t *testing.T) {
	t.Parallel()
	harness.OnEachEmptyDatabase(t, func(t *testing.T, dir, variable string, db *sql.DB) {
		ada := makeOld(t, dir, variable, db)
		harness.Built(t).Serve(t, dir, variable).Refresh(ada.Refresh).Want(t, 200, "")
		wantAdopted(t, db)
	})
}

func TestMigrations_OffTheSubcommandAdopts(t *testing.T) {
	t.Parallel()
	harness.OnEachEmptyDatabase(t, func(t *testing.T, dir, variable string, db *sql.DB) {
		ada := makeOld(t, dir, variable, db)
		needs := fmt.Sprintf("needs version %d: run 'sallyport migrate' first", harness.SchemaVersion(t))
		for _, args := range [][]string{nil, {"user", "unlock", "ada"}} {
			p := harness.Built(t).Begin(t, dir, args, variable, "MIGRATE=off", "PORT=0")
			if code, said := p.ExitCode(), p.Stderr.String(); code != 1 || !strings.Contains(said, "without the migrations [3 4]") || !strings.Contains(said, needs) {
				t.Errorf("%v: exit code %d: %s", args, code, said)
			}
		}
		if n := harness.Column(t, db, "SELECT CAST(count(*) AS TEXT) FROM goose_db_version WHERE version_id BETWEEN 1 AND 4"); n != "2" {
			t.Errorf("looking has changed the list: %s", n)
		}
		p := harness.Built(t).Begin(t, dir, []string{"migrate"}, variable)
		if code := p.ExitCode(); code != 0 || !strings.Contains(p.Stdout.String(), "migrations applied: 2") {
			t.Fatalf("exit code %d: %s", code, p.Stderr.String())
		}
		wantAdopted(t, db)
		harness.Built(t).Serve(t, dir, variable, "MIGRATE=off").Refresh(ada.Refresh).Want(t, 200, "")
	})
}

func TestMigrations_InstancesThatStartAtOnceAdoptOnce(t *testing.T) {
	t.Parallel()
	for _, through := range []string{"directly", "through a pooler"} {
		t.Run(through, func(t *testing.T) {
			t.Parallel()
			url := harness.PostgresURL(t)
			db := harness.OpenSQL(t, "pgx", url)
			dirs := []string{t.TempDir(), t.TempDir(), t.TempDir(), t.TempDir()}
			makeOld(t, dirs[0], "DATABASE_URL="+url, db)
			if through != "directly" {
				url = harness.PgBouncer(t, url, 2)
			}
			harness.Together(harness.Times(len(dirs), func(i int) {
				harness.Built(t).Serve(t, dirs[i], "DATABASE_URL="+url).SignIn("ada")
			})...)
			wantAdopted(t, db)
		})
	}
}

// wantEmpty fails where something was made in the folder.
func wantEmpty(t *testing.T, dir string) {
	t.Helper()
	made, err := os.ReadDir(dir)
	if err != nil || len(made) > 0 {
		t.Errorf("it made %v: %v", made, err)
	}
}

func TestCommands_MakeNothingInTheWrongFolder(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"migrate"}, {"user", "unlock", "ada"}} {
		for _, variable := range []string{"APP_ENV=development", "APP_ENV=production"} {
			dir := t.TempDir()
			p := harness.Built(t).Begin(t, dir, args, variable)
			code, said := p.ExitCode(), p.Stderr.String()
			for _, words := range []string{filepath.Join(dir, "data", "sallyport.db"), "DATABASE_URL", "DATA_DIR"} {
				if code != 1 || !strings.Contains(said, words) {
					t.Errorf("%v: exit code %d, and it does not say %s: %s", args, code, words, said)
				}
			}
			wantEmpty(t, dir)
		}
	}
	dir := t.TempDir()
	for _, variable := range []string{"DATA_DIR=elsewhere", "DATABASE_URL=sqlite://other.db"} {
		if p := harness.Built(t).Begin(t, dir, []string{"user", "unlock", "ada"}, variable); p.ExitCode() != 1 {
			t.Errorf("%s: %s", variable, p.Stdout.String())
		}
	}
	wantEmpty(t, dir)
}

// In production the account that migrates has the address of the database and
// nothing else.
func TestCommands_MigrateAsksForNothingThatItDoesNotNeed(t *testing.T) {
	t.Parallel()
	url := harness.PostgresURL(t)
	for i, want := range []int{len(harness.Migrations(t)), 0} {
		dir := t.TempDir()
		p := harness.Built(t).Begin(t, dir, []string{"migrate"}, "APP_ENV=production", "DATABASE_URL="+url)
		if code := p.ExitCode(); code != 0 || !strings.Contains(p.Stdout.String(), fmt.Sprintf("migrations applied: %d", want)) {
			t.Errorf("run %d: exit code %d: %s%s", i, code, p.Stdout.String(), p.Stderr.String())
		}
		wantEmpty(t, dir)
	}
}
