package binary

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"sallyport/tests/harness"
)

// TestBackup_HasAllThatWasAnsweredBeforeIt backs up while users sign up, and serves
// from the copy.
func TestBackup_HasAllThatWasAnsweredBeforeIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	server := serve(t, dir)
	ada := server.SignUp("ada")
	var written atomic.Int32
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for tokens := ada; ; written.Add(1) {
			select {
			case <-stop:
				return
			default:
			}
			answer, err := server.Try(server.HTTP, "POST", harness.RefreshPath, "", harness.RefreshBody(tokens.Refresh))
			if err != nil || answer.Status != 200 {
				t.Errorf("a refresh during the backup: %d, %v", answer.Status, err)
				return
			}
			tokens = answer.Tokens(t)
		}
	}()
	harness.Await(t, func() error { return wantMore(&written, 0) })
	eve := server.SignUp("eve")
	result := decode[struct {
		File  string
		Bytes int64
	}](t, runCommand(t, dir, "", "backup copy.db --json"))
	after := written.Load()
	harness.Await(t, func() error { return wantMore(&written, after) }) // the server goes on
	close(stop)
	<-stopped
	info, err := os.Stat(filepath.Join(dir, "copy.db"))
	if err != nil {
		t.Fatal(err)
	}
	if result.File != "copy.db" || result.Bytes != info.Size() || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("it says %+v of a file with %d bytes and mode %v", result, info.Size(), info.Mode())
	}
	if left := filesIn(t, dir); len(left) != 2 { // data and copy.db
		t.Errorf("it left %q", left)
	}
	server.Kill()
	restored := serve(t, dir, "DATABASE_URL=sqlite://copy.db")
	restored.CurrentUser(eve.Access).Want(t, 200, "")
	restored.Refresh(eve.Refresh).Want(t, 200, "")
}

func wantMore(written *atomic.Int32, than int32) error {
	if written.Load() > than {
		return nil
	}
	return os.ErrDeadlineExceeded
}

func TestBackup_RefusesAndLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	runCommand(t, dir, "", "migrate", "DATA_DIR=data").want(t, 0, "")
	harness.WriteFile(t, dir, "there", []byte("of somebody"))
	if err := os.Symlink("nowhere", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	before := filesIn(t, dir)
	for _, tt := range []struct {
		args     string
		variable string
		code     int
		says     string
	}{
		{"backup there", "DATA_DIR=data", 1, "there: file already exists"},
		{"backup link", "DATA_DIR=data", 1, "link: file already exists"},
		{"backup data", "DATA_DIR=data", 1, "data: file already exists"},
		{"backup none/copy.db", "DATA_DIR=data", 1, "no such file or directory"},
		{"backup copy.db", "DATA_DIR=elsewhere", 1, "there is no file"},
		{"backup copy.db", "DATABASE_URL=sqlite://there", 1, "not a database"},
		{"backup", "DATA_DIR=data", 2, `expected "<file>"`},
	} {
		runCommand(t, dir, "", tt.args, tt.variable).want(t, tt.code, tt.says)
		if after := filesIn(t, dir); strings.Join(after, " ") != strings.Join(before, " ") {
			t.Errorf("%s with %s left %q", tt.args, tt.variable, after)
		}
	}
	if text, err := os.ReadFile(filepath.Join(dir, "there")); string(text) != "of somebody" {
		t.Errorf("it wrote over a file: %.40q, %v", text, err)
	}
}

func TestBackup_OfPostgreSQLNamesItsOwnProgram(t *testing.T) {
	t.Parallel()
	dir, url := t.TempDir(), harness.PostgresURL(t)
	runCommand(t, dir, "", "migrate", "DATABASE_URL="+url).want(t, 0, "")
	said := runCommand(t, dir, "", "backup copy.db", "DATABASE_URL="+url).want(t, 1, "pg_dump")
	if strings.Contains(said.stderr, url) || len(filesIn(t, dir)) > 0 {
		t.Errorf("it says %s and leaves %q", said.stderr, filesIn(t, dir))
	}
}

// TestBackup_ADamagedDatabaseGivesNoBackup takes a row out of an index: SQLite copies
// that as it is.
func TestBackup_ADamagedDatabaseGivesNoBackup(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	runCommand(t, dir, "", "migrate", "DATA_DIR=data").want(t, 0, "")
	db := database(t, dir)
	db.SetMaxOpenConns(1)
	for _, statement := range []string{
		"CREATE TABLE yours (id INTEGER PRIMARY KEY, name TEXT)",
		"CREATE INDEX yours_names ON yours (name)",
		"CREATE TEMP TABLE kept AS SELECT * FROM sqlite_schema WHERE name = 'yours_names'",
		"PRAGMA writable_schema = ON",
		"DELETE FROM sqlite_schema WHERE name = 'yours_names'",
		"PRAGMA writable_schema = RESET",
		"INSERT INTO yours VALUES (1, 'not in the index')",
		"PRAGMA writable_schema = ON",
		"INSERT INTO sqlite_schema SELECT * FROM kept",
		"PRAGMA writable_schema = RESET",
	} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	runCommand(t, dir, "", "backup copy.db").want(t, 1, "damaged")
	if left := filesIn(t, dir); len(left) != 1 {
		t.Errorf("it left %q", left)
	}
}

// TestBackup_ADiskThatGetsFullGivesNoBackup limits how large a file of the command
// may get.
func TestBackup_ADiskThatGetsFullGivesNoBackup(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	runCommand(t, dir, "", "migrate", "DATA_DIR=data").want(t, 0, "")
	command := harness.Built(t).Command(dir, []string{"backup", "copy.db"})
	limited := command.Args[0]
	command.Path = harness.Program(t, "sh", "dash")
	command.Args = []string{"sh", "-c", "ulimit -f 80; exec " + limited + " backup copy.db"}
	wait(t, command, "").want(t, 1, "")
	if left := filesIn(t, dir); len(left) != 1 {
		t.Errorf("it left %q", left)
	}
}
