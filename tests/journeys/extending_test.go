package journeys

import (
	"bytes"
	"go/format"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sallyport/tests/harness"
)

var (
	newFile   = regexp.MustCompile("(?s)\n```\\w+ title=(\\S+)\n(.*?)```")
	insertion = regexp.MustCompile("(?s)\n```\\w+ insert=(\\S+) after=\"([^\"]+)\"\n(.*?)```")
)

// TestExtending_ThePageIsTrue does what docs/extending.md says, to a copy of
// the repository.
func TestExtending_ThePageIsTrue(t *testing.T) {
	page := harness.ReadPage(t, "docs/extending.md")
	copied := t.TempDir()
	copySource(t, copied)
	files := newFile.FindAllStringSubmatch(page, -1)
	insertions := insertion.FindAllStringSubmatch(page, -1)
	if blocks := strings.Count(page, "\n```") / 2; len(files)+len(insertions) != blocks || len(insertions) == 0 {
		t.Fatalf("%d files and %d insertions in %d blocks", len(files), len(insertions), blocks)
	}
	for _, m := range files {
		write(t, filepath.Join(copied, m[1]), m[2])
	}
	for _, m := range insertions {
		insert(t, filepath.Join(copied, m[1]), m[2], m[3])
	}
	if routes := harness.ServedRoutes(t, copied); !slices.Contains(routes, "POST /api/v1/notes") {
		t.Errorf("the specification's test would not see the new routes: %q", routes)
	}

	build := exec.CommandContext(t.Context(), "go", "build", "-o", "app", ".")
	build.Dir = copied
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	p := harness.Binary(filepath.Join(copied, "app")).Serve(t, copied, "DATA_DIR="+t.TempDir())
	p.HTTP = http.DefaultClient // openapi.yaml does not know the notes
	useNotes(t, p)
}

func useNotes(t *testing.T, p *harness.Process) {
	t.Helper()
	const notes = "/api/v1/notes"
	p.Send("POST", notes, "", `{"text":"first"}`).Want(t, 401, "missing_token")
	p.Send("GET", notes, "", "").Want(t, 401, "missing_token")
	access := p.SignUp("ada").Access
	p.Send("POST", notes, access, `{"text":""}`).Want(t, 400, "validation_failed")
	p.Send("POST", notes, access, `{"text":"first"}`).Want(t, 201, "")
	p.Send("POST", notes, access, `{"text":"second"}`).Want(t, 201, "")
	list := p.Send("GET", notes, access, "").Want(t, 200, "")
	if !regexp.MustCompile(`(?s)"second".*"first"`).Match(list.Data) {
		t.Errorf("notes: %s", list.Raw)
	}

	if list := p.Send("GET", notes, p.SignUp("grace").Access, "").Want(t, 200, ""); string(list.Data) != "[]" {
		t.Errorf("another user sees %s", list.Raw)
	}
}

// copySource copies the repository without its history and its database.
func copySource(t *testing.T, to string) {
	t.Helper()
	entries, err := os.ReadDir(harness.Root())
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		name := entry.Name()
		if name == ".git" || name == "data" || name == ".env" {
			continue
		}
		from := filepath.Join(harness.Root(), name)
		if entry.IsDir() {
			err = os.CopyFS(filepath.Join(to, name), os.DirFS(from))
		} else if text, readErr := os.ReadFile(from); readErr == nil {
			err = os.WriteFile(filepath.Join(to, name), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// write writes a file that is new, and for Go as gofmt would.
func write(t *testing.T, path, text string) {
	t.Helper()
	if _, err := os.Stat(path); err == nil {
		t.Fatalf("%s is there already", path)
	}
	checkFormat(t, path, text)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func insert(t *testing.T, path, after, text string) {
	t.Helper()
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(before), after+"\n"); n != 1 {
		t.Fatalf("%q is %d times in %s", after, n, path)
	}
	result := strings.Replace(string(before), after+"\n", after+"\n"+text, 1)
	checkFormat(t, path, result)
	if err := os.WriteFile(path, []byte(result), 0o600); err != nil {
		t.Fatal(err)
	}
}

func checkFormat(t *testing.T, path, text string) {
	t.Helper()
	if filepath.Ext(path) != ".go" {
		return
	}
	formatted, err := format.Source([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if !bytes.Equal(formatted, []byte(text)) {
		t.Errorf("%s is not as gofmt writes it", path)
	}
}
