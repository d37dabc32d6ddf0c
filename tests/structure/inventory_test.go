package structure

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sallyport/tests/harness"
)

// event is a row of the table in docs/security/logging.md.
var eventRow = regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| (debug|info|warn|error) \\| .{10,} \\| .* \\|$")

// documentedEvents returns the level of each event by its name.
func documentedEvents(t *testing.T) map[string]string {
	t.Helper()
	levels := map[string]string{}
	for _, row := range eventRow.FindAllStringSubmatch(harness.ReadPage(t, "docs/security/logging.md"), -1) {
		if levels[row[1]] != "" {
			t.Errorf("%s is documented twice", row[1])
		}
		levels[row[1]] = row[2]
	}
	return levels
}

func TestLogInventory_HasEveryEventOfTheCodeAndNoOther(t *testing.T) {
	coded := map[string]string{}
	err := filepath.WalkDir(harness.Root(), func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if path == filepath.Join(harness.Root(), "tests") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err == nil {
			collectEvents(t, file, coded)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(coded) < 20 {
		t.Fatalf("found only %d events: %v", len(coded), coded)
	}
	if diff := cmp.Diff(documentedEvents(t), coded); diff != "" {
		t.Errorf("docs/security/logging.md (-) and the code (+) differ: %s", diff)
	}
}

// collectEvents adds the events of a file: those made by events.Info and
// events.Warn, and the log calls of packages that may not import events.
func collectEvents(t *testing.T, file *ast.File, into map[string]string) {
	add := func(name, level string) {
		if into[name] != "" {
			t.Errorf("two events are called %q", name)
		}
		into[name] = level
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if level := strings.TrimPrefix(called(n), "events."); level == "Info" || level == "Warn" {
				add(text(n.Args[0]), strings.ToLower(level))
			}
			for _, argument := range n.Args {
				if call, isCall := argument.(*ast.CallExpr); isCall && selected(call.Fun) == "String" && len(call.Args) == 2 && text(call.Args[0]) == "event" {
					if name := text(call.Args[1]); name != "" { // else it is Event.Log
						add(name, strings.ToLower(strings.TrimSuffix(selected(n.Fun), "Context")))
					}
				}
			}
		}
		return true
	})
}

// called is the function of another package that is called: events.Info.
func called(call *ast.CallExpr) string {
	if function, ok := call.Fun.(*ast.SelectorExpr); ok {
		return selected(function.X) + "." + function.Sel.Name
	}
	return ""
}

// selected is the last name of a type or value: Event of auth.Event.
func selected(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

// text is the value of a string literal, "" for anything else.
func text(e ast.Expr) string {
	literal, isLiteral := e.(*ast.BasicLit)
	if !isLiteral {
		return ""
	}
	value, err := strconv.Unquote(literal.Value)
	if err != nil {
		return ""
	}
	return value
}
