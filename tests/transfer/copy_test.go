package transfer

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"sallyport/tests/harness"
)

const file = "sqlite://app.db"

// source is a SQLite database with the schema of the program, in a folder of its
// own.
func source(t *testing.T) (dir string, db *sql.DB) {
	t.Helper()
	dir = t.TempDir()
	run(t, dir, 0, []string{"migrate"}, "DATABASE_URL="+file)
	return dir, harness.OpenSQL(t, "sqlite", filepath.Join(dir, "app.db")+"?_pragma=foreign_keys(1)")
}

// fill makes so many users, with two events each, and closes the database.
func fill(t *testing.T, db *sql.DB, users int) {
	t.Helper()
	exec(t, db, `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		INSERT INTO users (id, username, email, full_name, password_hash, created_at, updated_at)
		SELECT printf('0190f0c4-0000-7000-8000-%012x', i), 'user' || i, 'user' || i || '@example.com', 'Ünï ' || i, 'x',
			'2026-01-02 03:04:05.678901+00:00', '2026-01-02 03:04:05+00:00' FROM n`, users)
	for _, half := range []string{"8", "9"} {
		exec(t, db, `INSERT INTO activity (id, user_id, event, at, device, user_agent, ip)
			SELECT replace(id, '-8000-', ?), id, 'login', created_at, '', '', '' FROM users`, "-"+half+"000-")
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func exec(t *testing.T, db *sql.DB, statement string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatal(err)
	}
}

func copyArgs(target string, more ...string) []string {
	return append([]string{"copy", "--from", file, "--to", target}, more...)
}

// report is what copy prints with --json.
type report struct {
	Tables []struct {
		Name   string
		Rows   int64
		SHA256 string
	}
	Skipped  []string
	Resumed  bool
	Problems []struct{ Table, Key, Column, Problem string }
}

func readReport(t *testing.T, text string) (r report) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	return r
}

// rows is how many rows of a table the report says.
func (r report) rows(name string) int64 {
	for _, table := range r.Tables {
		if table.Name == name {
			return table.Rows
		}
	}
	return -1
}

func TestCopy_LosesNoSession(t *testing.T) {
	t.Parallel()
	dir, target := t.TempDir(), harness.PostgresURL(t)
	built := harness.Built(t)
	const public = "PUBLIC_URL=http://localhost:8080"
	before := built.Serve(t, dir, public)
	laptop, phone := before.SignUp("ada"), before.SignIn("ada")
	grace := before.SignUp("grace")
	renewed := before.ByCookie(harness.RefreshPath, phone).Want(t, 200, "")
	ended := before.SignIn("grace")
	before.ByCookie(harness.LogoutPath, ended).Want(t, 200, "")
	before.Kill() // the newest changes are in the WAL

	stdout, _ := run(t, dir, 0, []string{"copy", "--from", "sqlite://data/sallyport.db", "--json"}, "DATABASE_URL="+target)
	if r := readReport(t, stdout); r.rows("users") != 2 || r.rows("unknown_logins") != 256 || r.rows("activity") < 5 || r.Resumed {
		t.Errorf("it reports %+v", r)
	}

	after := built.Serve(t, dir, public, "DATABASE_URL="+target)
	after.CurrentUser(laptop.Access).Want(t, 200, "")
	for _, tokens := range []harness.Tokens{laptop, grace, cookies(renewed)} {
		after.ByCookie(harness.RefreshPath, tokens).Want(t, 200, "")
	}
	after.Refresh(phone.Refresh).Want(t, 200, "") // a parallel tab: retired tokens are copied too
	after.WantEnded(ended)
	after.SignIn("ada")
}

// cookies are the tokens that an answer sets.
func cookies(answer harness.Answer) (tokens harness.Tokens) {
	for _, line := range answer.Header.Values("Set-Cookie") {
		cookie, _, _ := strings.Cut(line, ";")
		if value, found := strings.CutPrefix(cookie, "accessToken="); found {
			tokens.Access = value
		} else if value, found := strings.CutPrefix(cookie, "refreshToken="); found {
			tokens.Refresh = value
		}
	}
	return tokens
}

// blocked starts a copy that has copied the users and waits, for a lock, with the
// events. free lets go of the lock.
func blocked(t *testing.T, dir, target string) (p *harness.Process, db *sql.DB, free func()) {
	t.Helper()
	run(t, dir, 0, []string{"migrate"}, "DATABASE_URL="+target)
	db = harness.OpenSQL(t, "pgx", target)
	lock, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lock.ExecContext(t.Context(), "LOCK TABLE activity IN SHARE MODE"); err != nil { // reads go on
		t.Fatal(err)
	}
	p = harness.Built(t).Begin(t, dir, copyArgs(target))
	harness.Await(t, func() error {
		var waiting bool
		err := db.QueryRowContext(t.Context(), "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock' "+
			"AND datname = current_database() AND query LIKE 'INSERT INTO \"activity\"%'").Scan(&waiting)
		if err == nil && !waiting {
			err = fmt.Errorf("the copy does not wait: %s", p.Stderr.String())
		}
		return err
	})
	return p, db, func() {
		if err := lock.Rollback(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCopy_BrokenOffGoesOnAndEndsEqual(t *testing.T) {
	t.Parallel()
	dir, db := source(t)
	const users = 1234 // three batches
	fill(t, db, users)
	target := harness.PostgresURL(t)
	p, there, free := blocked(t, dir, target)
	p.Kill()
	free()
	if n := harness.Column(t, there, "SELECT count(*)::text FROM users"); n != fmt.Sprint(users) {
		t.Fatalf("%s users were copied before the end", n)
	}
	server := harness.Built(t).Begin(t, dir, nil, "DATABASE_URL="+target, "PORT=0")
	if code := server.ExitCode(); code != 1 || !strings.Contains(server.Stderr.String(), "sallyport copy") {
		t.Errorf("a server on half of a copy ended with exit code %d: %s", code, server.Stderr.String())
	}

	stdout, _ := run(t, dir, 0, copyArgs(target, "--json"))
	r := readReport(t, stdout)
	if !r.Resumed || r.rows("users") != users || r.rows("activity") != 2*users {
		t.Errorf("it reports %+v", r)
	}
	harness.Built(t).Serve(t, dir, "DATABASE_URL="+target)

	fresh := harness.PostgresURL(t)
	stdout, _ = run(t, dir, 0, copyArgs(fresh, "--json"))
	for i, table := range readReport(t, stdout).Tables {
		if table != r.Tables[i] {
			t.Errorf("in one go %+v, in two %+v", table, r.Tables[i])
		}
	}
}

func TestCopy_ResumesOnlyTheSameSource(t *testing.T) {
	t.Parallel()
	dir, db := source(t)
	fill(t, db, 3)
	target := harness.PostgresURL(t)
	p, _, free := blocked(t, dir, target)
	p.Kill()
	free()
	db = harness.OpenSQL(t, "sqlite", filepath.Join(dir, "app.db"))
	exec(t, db, "UPDATE users SET full_name = 'Other' WHERE username = 'user1'")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, stderr := run(t, dir, 1, copyArgs(target)); !strings.Contains(stderr, "before this one changed") {
		t.Errorf("it says %s", stderr)
	}
}

// An update came between: the migrations of the new version are missing in the target,
// and to leave their tables behind is no help.
func TestCopy_ResumesOnlyWithTheSameMigrations(t *testing.T) {
	t.Parallel()
	dir, db := source(t)
	fill(t, db, 3)
	target := harness.PostgresURL(t)
	p, there, free := blocked(t, dir, target)
	p.Kill()
	free()
	exec(t, there, "DROP TABLE imported_users")
	exec(t, there, "DELETE FROM sallyport_migrations WHERE version_id = 7")
	if _, stderr := run(t, dir, 1, copyArgs(target)); !strings.Contains(stderr, "by another version of the program: empty the database and copy again") {
		t.Errorf("it says %s", stderr)
	}
}

func TestCopy_ServerAndCopyExcludeEachOther(t *testing.T) {
	t.Parallel()
	dir, db := source(t)
	fill(t, db, 3)
	server := harness.Built(t).Serve(t, dir, "DATABASE_URL="+file)
	target := harness.PostgresURL(t)
	if _, stderr := run(t, dir, 1, copyArgs(target)); !strings.Contains(stderr, "stop it first") {
		t.Errorf("beside a server it says %s", stderr)
	}
	server.Stop(syscall.SIGTERM)

	p, _, free := blocked(t, dir, target)
	late := harness.Built(t).Begin(t, dir, nil, "DATABASE_URL="+file, "PORT=0")
	if code := late.ExitCode(); code != 1 || !strings.Contains(late.Stderr.String(), "locked") {
		t.Errorf("a server beside the copy ended with exit code %d: %s", code, late.Stderr.String())
	}
	free()
	if code := p.ExitCode(); code != 0 {
		t.Errorf("the copy ended with exit code %d: %s", code, p.Stderr.String())
	}
}

func TestCopy_WrongKindsOfDatabasesAreWrongArguments(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, tt := range []struct {
		args []string
		says string
	}{
		{[]string{"--from", "postgres://u@127.0.0.1:1/x", "--to", "postgres://u@127.0.0.1:1/y"}, "--from: only a SQLite file"},
		{[]string{"--from", file, "--to", file}, "has to name a PostgreSQL"},
	} {
		if _, stderr := run(t, dir, 2, append([]string{"copy"}, tt.args...)); !strings.Contains(stderr, tt.says) {
			t.Errorf("it says %s", stderr)
		}
	}
}

func TestCopy_RefusesAFullTarget(t *testing.T) {
	t.Parallel()
	dir, db := source(t)
	fill(t, db, 1)
	target := harness.PostgresURL(t)
	run(t, dir, 0, copyArgs(target))
	if _, stderr := run(t, dir, 1, copyArgs(target)); !strings.Contains(stderr, "holds rows already") {
		t.Errorf("it says %s", stderr)
	}
	harness.Built(t).Serve(t, dir, "DATABASE_URL="+target) // and is as it was
}

func TestCopy_SeesWhatAnotherProgramWritesIntoTheTarget(t *testing.T) {
	t.Parallel()
	dir, db := source(t)
	fill(t, db, 3)
	target := harness.PostgresURL(t)
	p, there, free := blocked(t, dir, target)
	exec(t, there, "UPDATE users SET role = 'admin' WHERE username = 'user2'")
	free()
	if code := p.ExitCode(); code != 1 || !strings.Contains(p.Stderr.String(), "the table users has 3 rows") {
		t.Errorf("exit code %d: %s", code, p.Stderr.String())
	}
}

func TestCopy_TableWithoutMigrationIsNamed(t *testing.T) {
	t.Parallel()
	dir, db := source(t)
	exec(t, db, "CREATE TABLE todo (id integer PRIMARY KEY)")
	fill(t, db, 1)
	target := harness.PostgresURL(t)
	if _, stderr := run(t, dir, 1, copyArgs(target)); !strings.Contains(stderr, "--skip-table todo") {
		t.Errorf("it says %s", stderr)
	}
	stdout, _ := run(t, dir, 0, copyArgs(target, "--json", "--skip-table", "todo"))
	if r := readReport(t, stdout); len(r.Skipped) != 1 || r.Skipped[0] != "todo" || r.rows("todo") != -1 {
		t.Errorf("it reports %+v", r)
	}
}

func TestCopy_TakesTablesOfWhoExtendsTheProgram(t *testing.T) {
	t.Parallel()
	dir, db := source(t)
	exec(t, db, "CREATE TABLE notes (id INTEGER PRIMARY KEY, about INTEGER NOT NULL REFERENCES albums (id), done BOOLEAN NOT NULL, picture BLOB, score REAL, at DATETIME)")
	exec(t, db, "CREATE TABLE albums (id INTEGER PRIMARY KEY, owner TEXT REFERENCES users (id))")
	exec(t, db, `INSERT INTO users (id, username, email, full_name, password_hash, created_at, updated_at) VALUES
		('0190f0c4-0000-7000-8000-000000000001', 'ada', 'ada', '', '', '2026-01-02 03:04:05+00:00', '2026-01-02 03:04:05+02:00')`)
	exec(t, db, "INSERT INTO albums VALUES (7, '0190f0c4-0000-7000-8000-000000000001')")
	exec(t, db, "INSERT INTO notes VALUES (41, 7, true, x'00ff', 0.5, CURRENT_TIMESTAMP), (42, 7, false, NULL, 3, NULL)")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	target := harness.PostgresURL(t)
	run(t, dir, 0, []string{"migrate"}, "DATABASE_URL="+target)
	there := harness.OpenSQL(t, "pgx", target)
	exec(t, there, "CREATE TABLE albums (id bigint PRIMARY KEY, owner uuid REFERENCES users (id))")
	exec(t, there, "CREATE TABLE notes (id serial PRIMARY KEY, about bigint NOT NULL REFERENCES albums (id), done boolean NOT NULL, picture bytea, score double precision, at timestamptz)")
	if r := readReport(t, first(run(t, dir, 0, copyArgs(target, "--json")))); r.rows("notes") != 2 || r.rows("albums") != 1 {
		t.Errorf("it reports %+v", r)
	}
	exec(t, there, "INSERT INTO notes (about, done) VALUES (7, true)")
	if got := harness.Column(t, there, "SELECT string_agg(id || ' ' || done || ' ' || coalesce(encode(picture, 'hex'), '') || ' ' || coalesce(score, 0), ', ' ORDER BY id) FROM notes"); got != "41 true 00ff 0.5, 42 false  3, 43 true  0" {
		t.Errorf("it holds %s", got)
	}
}

func first(stdout, _ string) string { return stdout }

func TestCopy_NamesEveryValueThatPostgreSQLCannotHold(t *testing.T) {
	t.Parallel()
	dir, db := source(t)
	for i, change := range []string{
		"full_name = 'a' || char(0) || 'b'",
		"full_name = CAST(x'61ff62' AS TEXT)",
		"failed_logins = 2147483648",
		"failed_logins = 'many'",
		"created_at = '2026-01-02 03:04:05.6789012+00:00'",
		"disabled_at = 1767323045",
		"disabled_at = 'yesterday'",
		"avatar_url = x'00ff'",
		"sessions_version = 1.5",
	} {
		exec(t, db, fmt.Sprintf(`INSERT INTO users (id, username, email, full_name, password_hash, created_at, updated_at)
			VALUES ('0190f0c4-0000-7000-8000-%012x', 'u%d', 'u%d', '', '', '2026-01-02 03:04:05+00:00', '2026-01-02T03:04:05Z')`, i, i, i))
		exec(t, db, "UPDATE users SET "+change+fmt.Sprintf(" WHERE username = 'u%d'", i))
	}
	exec(t, db, "UPDATE users SET id = upper(id) WHERE username = 'u8'")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	target := harness.PostgresURL(t)
	stdout, stderr := run(t, dir, 1, copyArgs(target, "--json"))
	var found []string
	for _, p := range readReport(t, stdout).Problems {
		found = append(found, p.Table+" "+p.Key[len(p.Key)-1:]+" "+p.Column+" "+p.Problem)
	}
	want := []string{ // upper case comes first
		"users 8 id is no UUID in lower case with four hyphens",
		"users 8 sessions_version is no whole number but the number 1.5",
		"users 0 full_name holds a NUL character, which PostgreSQL has in no text",
		"users 1 full_name is not valid UTF-8",
		"users 2 failed_logins is 2147483648, and the column of the target holds -2147483648 to 2147483647",
		"users 3 failed_logins is no whole number but a text",
		"users 4 created_at has parts of a microsecond, which PostgreSQL does not keep",
		"users 5 disabled_at is no time but the number 1767323045",
		"users 6 disabled_at is no time, such as 2026-01-31 12:00:00.5+00:00",
		"users 7 avatar_url is no text but a blob",
	}
	if got := strings.Join(found, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("it names\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
	if !strings.Contains(stderr, "nothing was written") {
		t.Errorf("it says %s", stderr)
	}
	there := harness.OpenSQL(t, "pgx", target)
	if left := harness.Column(t, there, "SELECT count(*)::text || coalesce(to_regclass('sallyport_copy')::text, '') FROM users"); left != "0" {
		t.Errorf("it left %s", left)
	}
}

func TestCopy_GoesThroughAPooler(t *testing.T) {
	t.Parallel()
	dir, db := source(t)
	const users = 1234 // of whose events the comparison reads two pages
	fill(t, db, users)
	target := harness.PgBouncer(t, harness.PostgresURL(t), 5)
	if r := readReport(t, first(run(t, dir, 0, copyArgs(target, "--json")))); r.rows("users") != users || r.rows("activity") != 2*users {
		t.Errorf("it reports %+v", r)
	}
}

// extended is a source with a table of who extends the program, and a target that has
// it too.
func extended(t *testing.T, here, there string, rows ...string) (dir, target string, db *sql.DB) {
	t.Helper()
	dir, from := source(t)
	exec(t, from, "CREATE TABLE notes "+here)
	for _, row := range rows {
		exec(t, from, "INSERT INTO notes VALUES "+row)
	}
	if err := from.Close(); err != nil {
		t.Fatal(err)
	}
	target = harness.PostgresURL(t)
	run(t, dir, 0, []string{"migrate"}, "DATABASE_URL="+target)
	db = harness.OpenSQL(t, "pgx", target)
	exec(t, db, "CREATE TABLE notes "+there)
	return dir, target, db
}

func TestCopy_TakesNumbersAndColumnsThatTheTargetGivesItself(t *testing.T) {
	t.Parallel()
	dir, target, db := extended(t, "(id INTEGER PRIMARY KEY, a INTEGER NOT NULL, b INTEGER AS (a + 1) STORED)",
		"(id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a integer NOT NULL, b integer GENERATED ALWAYS AS (a + 1) STORED)", "(41, 1)", "(42, 2)")
	run(t, dir, 0, copyArgs(target))
	exec(t, db, "INSERT INTO notes (a) VALUES (3)")
	if got := harness.Column(t, db, "SELECT string_agg(id || ' ' || a || ' ' || b, ', ' ORDER BY id) FROM notes"); got != "41 1 2, 42 2 3, 43 3 4" {
		t.Errorf("it holds %s", got)
	}
}

// SQLite takes such a table, and asks only when a row is written.
func TestCopy_NamesATableThatIsReferredToAndNotThere(t *testing.T) {
	t.Parallel()
	dir, target, _ := extended(t, "(id INTEGER PRIMARY KEY, up INTEGER REFERENCES gone)", "(id bigint PRIMARY KEY, up integer)")
	if _, stderr := run(t, dir, 1, copyArgs(target)); !strings.Contains(stderr, "notes: it refers to the table gone, which is not there") {
		t.Errorf("it says %s", stderr)
	}
}

// One statement makes "Notes" in SQLite and notes in PostgreSQL.
func TestCopy_NamesInUpperCaseAreThoseThatPostgreSQLHasInLowerCase(t *testing.T) {
	t.Parallel()
	dir, db := source(t)
	statements := []string{
		"CREATE TABLE Albums (Id INTEGER PRIMARY KEY, Title TEXT NOT NULL)",
		"CREATE TABLE AlbumNotes (AlbumId INTEGER NOT NULL REFERENCES ALBUMS (ID), No INTEGER NOT NULL, PRIMARY KEY (AlbumId, No))",
	}
	for _, statement := range append(statements, "INSERT INTO albums VALUES (7, 'Seven')", "INSERT INTO albumnotes VALUES (7, 1), (7, 2)") {
		exec(t, db, statement)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	target := harness.PostgresURL(t)
	run(t, dir, 0, []string{"migrate"}, "DATABASE_URL="+target)
	there := harness.OpenSQL(t, "pgx", target)
	for _, statement := range statements {
		exec(t, there, statement)
	}
	if r := readReport(t, first(run(t, dir, 0, copyArgs(target, "--json")))); r.rows("albums") != 1 || r.rows("albumnotes") != 2 {
		t.Errorf("it reports %+v", r)
	}
}

// A DELETE in SQLite's own shell asks for no foreign keys, and leaves rows of who is
// gone.
func TestCopy_NamesRowsThatReferToNoRow(t *testing.T) {
	t.Parallel()
	dir, db := source(t)
	exec(t, db, "CREATE TABLE pairs (a TEXT NOT NULL, b INTEGER, up INTEGER REFERENCES pairs (b), who TEXT REFERENCES users (id), PRIMARY KEY (a, b)) WITHOUT ROWID")
	exec(t, db, "CREATE UNIQUE INDEX pairs_b ON pairs (b)")
	fill(t, db, 2)
	db = harness.OpenSQL(t, "sqlite", filepath.Join(dir, "app.db"))
	exec(t, db, "DELETE FROM users WHERE username = 'user2'")
	exec(t, db, "INSERT INTO pairs VALUES ('x', 1, NULL, NULL), ('y', 2, 1, '0190f0c4-0000-7000-8000-000000000001'), ('z', 3, 9, '0190f0c4-0000-7000-8000-000000000002')")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	target := harness.PostgresURL(t)
	run(t, dir, 0, []string{"migrate"}, "DATABASE_URL="+target)
	there := harness.OpenSQL(t, "pgx", target)
	exec(t, there, "CREATE TABLE pairs (a text, b integer UNIQUE, up integer REFERENCES pairs (b), who uuid REFERENCES users (id), PRIMARY KEY (a, b))")
	stdout, stderr := run(t, dir, 1, copyArgs(target, "--json"))
	var found []string
	for _, p := range readReport(t, stdout).Problems {
		found = append(found, p.Table+" "+p.Key+" "+p.Column+" "+p.Problem)
	}
	slices.Sort(found)
	want := []string{
		"activity 0190f0c4-0000-7000-8000-000000000002 user_id names a row of users that is not there",
		"activity 0190f0c4-0000-7000-9000-000000000002 user_id names a row of users that is not there",
		"pairs z, 3 up names a row of pairs that is not there",
		"pairs z, 3 who names a row of users that is not there",
	}
	if got := strings.Join(found, "\n"); got != strings.Join(want, "\n") || !strings.Contains(stderr, "nothing was written") {
		t.Errorf("it names\n%s\nwant\n%s\nand says %s", got, strings.Join(want, "\n"), stderr)
	}
}

func TestCopy_AnEmptyBlobIsNotNULL(t *testing.T) {
	t.Parallel()
	dir, target, db := extended(t, "(id INTEGER PRIMARY KEY, picture BLOB NOT NULL, small BLOB)",
		"(id bigint PRIMARY KEY, picture bytea NOT NULL, small bytea)", "(1, x'', NULL)", "(2, x'00', x'')")
	run(t, dir, 0, copyArgs(target))
	if got := harness.Column(t, db, "SELECT string_agg(encode(picture, 'hex') || ' ' || coalesce(encode(small, 'hex'), 'NULL'), ', ' ORDER BY id) FROM notes"); got != " NULL, 00 " {
		t.Errorf("it holds %s", got)
	}
}

func TestCopy_NamesWhatTheColumnOfTheTargetIsTooSmallFor(t *testing.T) {
	t.Parallel()
	dir, target, db := extended(t, "(id INTEGER PRIMARY KEY, title VARCHAR(3), at DATETIME, price NUMERIC)",
		"(id integer PRIMARY KEY, title varchar(3), at timestamptz(3), price double precision)",
		"(1, 'äöü', '2026-01-02 03:04:05.678+00:00', 9007199254740992)",
		"(2, 'long', '2026-01-02 03:04:05.6789+00:00', 9007199254740993)")
	stdout, _ := run(t, dir, 1, copyArgs(target, "--json"))
	var found []string
	for _, p := range readReport(t, stdout).Problems {
		found = append(found, p.Key+" "+p.Column+" "+p.Problem)
	}
	want := []string{
		"2 title has 4 characters, and the column of the target takes 3",
		"2 at has parts of a second of which the column of the target keeps 3 digits",
		"2 price is 9007199254740993, and the column of the target would round it",
	}
	if got := strings.Join(found, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("it names\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
	exec(t, db, "ALTER TABLE notes ALTER title TYPE text, ALTER at TYPE timestamptz, ALTER price TYPE bigint")
	run(t, dir, 0, copyArgs(target))
}

func TestCopy_LeavesNoTableBehindThatTheTargetHas(t *testing.T) {
	t.Parallel()
	dir, db := source(t)
	fill(t, db, 1)
	target := harness.PostgresURL(t)
	for _, name := range []string{"imported_users", "users"} {
		if _, stderr := run(t, dir, 1, copyArgs(target, "--skip-table", name)); !strings.Contains(stderr, "--skip-table "+name+": the target has this table too") {
			t.Errorf("it says %s", stderr)
		}
	}
	run(t, dir, 0, copyArgs(target))
}
