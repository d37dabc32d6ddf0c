package journeys

import (
	"fmt"
	"go/format"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"sallyport/tests/harness"
)

var (
	newFile   = regexp.MustCompile("(?s)\n```\\w+ title=(\\S+)\n(.*?)```")
	block     = regexp.MustCompile("(?m)^```\\w+ ") // with a title or a place; what is typed has none
	insertion = regexp.MustCompile("(?s)\n```\\w+ insert=(\\S+) after=\"([^\"]+)\"\n(.*?)```")
)

// sameInAnyTree are the tests that know every route, every answer or every
// migration: they must pass in a tree that has more of them.
const sameInAnyTree = "^(TestSpecification|TestAuthorization|TestCommands_Migrate)"

// TestExtending_ThePageIsTrue does what docs/extending.md says in a copy of the
// repository, whose tests must pass then.
func TestExtending_ThePageIsTrue(t *testing.T) {
	t.Parallel()
	page := harness.ReadPage(t, "docs/extending.md")
	files := newFile.FindAllStringSubmatch(page, -1)
	insertions := insertion.FindAllStringSubmatch(page, -1)
	if blocks := len(block.FindAllString(page, -1)); len(files)+len(insertions) != blocks || len(insertions) == 0 {
		t.Fatalf("%d files and %d insertions in %d blocks", len(files), len(insertions), blocks)
	}
	extended := copyOfRepository(t)
	for _, m := range files {
		extended.add(t, m[1], m[2])
	}
	for _, m := range insertions {
		extended.insert(t, m[1], m[2], m[3])
	}
	program := filepath.Join(t.TempDir(), "app")
	extended.run(t, "build", "-o", program, ".")
	p := harness.Binary(program).Serve(t, t.TempDir())
	p.HTTP = http.DefaultClient // openapi.yaml of this tree does not know the notes
	useNotes(t, p)
	extended.run(t, "test", "-vet=off", "-run="+sameInAnyTree, "./tests/structure", "./tests/journeys")
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
	if head := p.Send("HEAD", notes, access, ""); head.Status != 200 || head.Raw != "" {
		t.Errorf("HEAD: %d %q", head.Status, head.Raw)
	}
	if !regexp.MustCompile(`(?s)"second".*"first"`).Match(list.Data) {
		t.Errorf("notes: %s", list.Raw)
	}

	grace := p.SignUp("grace").Access
	if list := p.Send("GET", notes, grace, "").Want(t, 200, ""); string(list.Data) != "[]" {
		t.Errorf("another user sees %s", list.Raw)
	}
	writeAtOnce(t, p, notes, access, grace)
}

// writeAtOnce makes many changes of two statements at once, of which some fail
// with the second, among writes of the program that fail too: each that was
// answered is there, and none of the others.
func writeAtOnce(t *testing.T, p *harness.Process, notes, access, other string) {
	t.Helper()
	const most, few = 50, 20 // notes that one may have, and that the other writes
	var created, refused atomic.Int64
	post := func(access string) func(int) {
		return func(i int) {
			switch answer := p.Send("POST", notes, access, fmt.Sprintf(`{"text":"note %d"}`, i)); answer.Status {
			case 201:
				created.Add(1)
			case 400:
				refused.Add(1)
			default:
				t.Errorf("a note: %s", answer.Raw)
			}
		}
	}
	harness.Together(slices.Concat(
		harness.Times(most+10, post(access)), // two are there
		harness.Times(few, post(other)),
		harness.Times(few, func(int) {
			p.Send("POST", harness.RegisterPath, "", harness.Registration("ada")).Want(t, 409, "email_taken")
		}),
	)...)
	if created.Load() != most-2+few || refused.Load() != 12 {
		t.Errorf("%d created and %d refused", created.Load(), refused.Load())
	}
	for access, want := range map[string]int{access: most, other: few} {
		var list []struct{ Text string }
		if p.Send("GET", notes, access, "").Want(t, 200, "").Decode(t, &list); len(list) != want {
			t.Errorf("%d notes are there, want %d", len(list), want)
		}
	}
}

// tree is a folder with all files of the repository.
type tree string

// copyOfRepository copies what the program and its tests are made of.
func copyOfRepository(t *testing.T) tree {
	t.Helper()
	root, to := harness.Root(), t.TempDir()
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		name := entry.Name()
		from := filepath.Join(root, name)
		switch {
		case strings.HasPrefix(name, ".") || name == "data": // no source
		case entry.IsDir():
			err = os.CopyFS(filepath.Join(to, name), os.DirFS(from))
		default:
			harness.WriteFile(t, to, name, []byte(harness.ReadPage(t, name)))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return tree(to)
}

// add adds a file. One that is there has to be the same: whoever has followed the
// page has it.
func (dir tree) add(t *testing.T, name, text string) {
	t.Helper()
	before, err := os.ReadFile(filepath.Join(string(dir), name))
	if err == nil && string(before) != text {
		t.Fatalf("%s is there already", name)
	}
	dir.write(t, name, text)
}

// insert inserts text into a file after the only line with this text, where it is
// not there already.
func (dir tree) insert(t *testing.T, name, after, text string) {
	t.Helper()
	before, err := os.ReadFile(filepath.Join(string(dir), name))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(before), after+"\n"); n != 1 {
		t.Fatalf("%q is %d times in %s", after, n, name)
	}
	if !strings.Contains(string(before), text) {
		dir.write(t, name, strings.Replace(string(before), after+"\n", after+"\n"+text, 1))
	}
}

// write writes a file, which for Go must be as gofmt writes it.
func (dir tree) write(t *testing.T, name, text string) {
	t.Helper()
	if filepath.Ext(name) == ".go" {
		formatted, err := format.Source([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if string(formatted) != text {
			t.Errorf("%s is not as gofmt writes it", name)
		}
	}
	path := filepath.Join(string(dir), name)
	harness.WriteFile(t, filepath.Dir(path), filepath.Base(path), []byte(text))
}

// run runs the go command in the tree.
func (dir tree) run(t *testing.T, arguments ...string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", arguments...)
	command.Dir = string(dir)
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-trimpath") // as [harness.Build]: what the copy shares is compiled once
	if said, err := command.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(arguments, " "), err, said)
	}
}
