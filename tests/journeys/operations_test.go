package journeys

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"sallyport/tests/harness"
)

// runFromPage runs the commands that docs/operations.md shows under a heading,
// in the folder of a server, with these replacements.
func runFromPage(t *testing.T, heading, dir string, replace ...string) {
	t.Helper()
	block := harness.CodeBlock(t, "docs/operations.md", heading, "sh")
	sqlite := harness.Program(t, "sqlite3", "sqlite3")
	psql := harness.Program(t, "psql", "postgresql-client")
	command := exec.CommandContext(t.Context(), "sh", "-ec", strings.NewReplacer(replace...).Replace(block))
	command.Dir = dir
	command.Env = []string{"HOME=" + dir, "PATH=" + filepath.Dir(sqlite) + ":" + filepath.Dir(psql) + ":" + os.Getenv("PATH")}
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

func TestOperations_ACopyOfARunningServerRestores(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := harness.Built(t).Serve(t, dir)
	before := p.SignUp("ada")
	runFromPage(t, "Back up and restore", dir)
	after := p.SignUp("grace")
	p.Kill()
	if err := os.Rename(filepath.Join(dir, "backup.db"), filepath.Join(dir, "data/sallyport.db")); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"-wal", "-shm"} {
		if err := os.Remove(filepath.Join(dir, "data/sallyport.db"+suffix)); err != nil {
			t.Fatal(err)
		}
	}
	p = harness.Built(t).Serve(t, dir)
	p.CurrentUser(before.Access).Want(t, 200, "")
	p.Refresh(before.Refresh).Want(t, 200, "")
	p.CurrentUser(after.Access).Want(t, 401, "session_ended")
}

func TestOperations_EverybodyStaysSignedInOnTheWayToPostgres(t *testing.T) {
	t.Parallel()
	dir, url := t.TempDir(), harness.PostgresURL(t)
	p := harness.Built(t).Serve(t, dir)
	ada, grace := p.SignUp("ada"), p.SignUp("grace")
	p.ByCookie(harness.LogoutPath, grace).Want(t, 200, "")
	p.Send("PATCH", harness.UpdateAccountPath, ada.Access, `{"locale":"de"}`).Want(t, 200, "")
	user := p.CurrentUser(ada.Access).Want(t, 200, "").Raw
	activity := p.Send("GET", harness.ActivityPath, ada.Access, "").Want(t, 200, "").Raw
	p.Stop(syscall.SIGTERM)
	runFromPage(t, "Move from SQLite to PostgreSQL", dir, "postgres://…", url, "go run .", string(harness.Built(t)))
	p = harness.Built(t).Serve(t, dir, "DATABASE_URL="+url)
	if moved := p.CurrentUser(ada.Access).Want(t, 200, "").Raw; moved != user {
		t.Errorf("moved %s\nwas   %s", moved, user)
	}
	if moved := p.Send("GET", harness.ActivityPath, ada.Access, "").Want(t, 200, "").Raw; moved != activity {
		t.Errorf("moved %s\nwas   %s", moved, activity)
	}
	p.Refresh(ada.Refresh).Want(t, 200, "")
	p.SignIn("grace")
	p.Refresh(grace.Refresh).Want(t, 401, "session_ended")
}
