package journeys

import (
	"encoding/json"
	"fmt"
	"go/format"
	"net/http"
	"os"
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
	insertion = regexp.MustCompile("(?s)\n```\\w+ insert=(\\S+) after=\"([^\"]+)\"\n(.*?)```")
)

// TestExtending_ThePageIsTrue does what docs/extending.md says, in files that
// the compiler reads in place of the repository's.
func TestExtending_ThePageIsTrue(t *testing.T) {
	t.Parallel()
	page := harness.ReadPage(t, "docs/extending.md")
	files := newFile.FindAllStringSubmatch(page, -1)
	insertions := insertion.FindAllStringSubmatch(page, -1)
	if blocks := strings.Count(page, "\n```") / 2; len(files)+len(insertions) != blocks || len(insertions) == 0 {
		t.Fatalf("%d files and %d insertions in %d blocks", len(files), len(insertions), blocks)
	}
	changed := overlay{t.TempDir(), map[string]string{}}
	for _, m := range files {
		changed.add(t, m[1], m[2])
	}
	for _, m := range insertions {
		changed.insert(t, m[1], m[2], m[3])
	}
	if routes := harness.ServedRoutes(t, changed.dir); !slices.Contains(routes, "POST /api/v1/notes") {
		t.Errorf("the specification's test would not see the new routes: %q", routes)
	}
	p := changed.build(t).Serve(t, t.TempDir())
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

// overlay is files in a folder that stand in for those of the repository.
type overlay struct {
	dir     string
	Replace map[string]string // as `go build -overlay` reads it
}

// add adds a file that is new.
func (o overlay) add(t *testing.T, name, text string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(harness.Root(), name)); err == nil {
		t.Fatalf("%s is there already", name)
	}
	o.write(t, name, text)
}

// insert inserts text into a file after the only line with this text. What was
// inserted before stays.
func (o overlay) insert(t *testing.T, name, after, text string) {
	t.Helper()
	before := harness.ReadPage(t, name)
	if replaced := o.Replace[filepath.Join(harness.Root(), name)]; replaced != "" {
		written, err := os.ReadFile(replaced)
		if err != nil {
			t.Fatal(err)
		}
		before = string(written)
	}
	if n := strings.Count(before, after+"\n"); n != 1 {
		t.Fatalf("%q is %d times in %s", after, n, name)
	}
	o.write(t, name, strings.Replace(before, after+"\n", after+"\n"+text, 1))
}

// write writes a file, which for Go must be as gofmt writes it.
func (o overlay) write(t *testing.T, name, text string) {
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
	path := filepath.Join(o.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	harness.WriteFile(t, filepath.Dir(path), filepath.Base(path), []byte(text))
	o.Replace[filepath.Join(harness.Root(), name)] = path
}

// build builds the program with the files of the overlay.
func (o overlay) build(t *testing.T) harness.Binary {
	t.Helper()
	list, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	harness.WriteFile(t, o.dir, "overlay.json", list)
	program := filepath.Join(o.dir, "app")
	if err := harness.Build(t.Context(), program, "-overlay="+filepath.Join(o.dir, "overlay.json")); err != nil {
		t.Fatal(err)
	}
	return harness.Binary(program)
}
