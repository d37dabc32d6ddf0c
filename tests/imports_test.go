package tests

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sallyport/tests/harness"
)

// mayImport says which packages of the program each one may import; a package
// that is not in it has to be added with a thought.
var mayImport = map[string][]string{
	"":                   {"auth", "auth/password", "config", "internal/events", "internal/serve", "middleware", "models", "wire"},
	"wire":               {"auth", "auth/password", "auth/session", "auth/token", "config", "handlers", "internal/ratelimit", "internal/serve", "middleware", "models"},
	"handlers":           {"auth", "auth/session", "internal/apperror", "internal/ratelimit", "middleware", "models", "web"},
	"middleware":         {"auth", "config", "internal/apperror", "internal/events", "internal/ratelimit"},
	"auth":               {"auth/password", "auth/session", "auth/token", "internal/apperror", "internal/events", "models"},
	"auth/password":      {},
	"auth/session":       {"models"}, // the types alone
	"auth/token":         {},
	"models":             {"internal/apperror", "internal/database"},
	"config":             {},
	"internal/apperror":  {},
	"internal/database":  {},
	"internal/events":    {},
	"internal/ratelimit": {},
	"internal/serve":     {},
	"web":                {},
	"tests":              {"auth", "auth/password", "auth/token", "config", "handlers", "middleware", "models", "internal/serve", "tests/harness", "web"},
	"tests/crash":        {}, // its tests import the harness
	"tests/asvs":         {"tests/index"},
	"tests/attacks":      {},
	"tests/bench":        {"auth/password", "auth/session", "auth/token", "config", "internal/ratelimit", "internal/serve", "middleware", "models", "tests/harness", "wire"},
	"tests/harness":      {"auth/password", "auth/token", "config", "internal/ratelimit", "internal/serve", "middleware", "models", "web", "wire"},
	"tests/index":        {},
	"tests/proofs":       {"tests/harness"}, // what it proves it sees through HTTP only
}

// knowNoHTTP are the packages that could serve another protocol tomorrow.
var knowNoHTTP = []string{"auth", "auth/password", "auth/session", "auth/token", "internal/database", "models"}

func TestImports_PointOneWay(t *testing.T) {
	command := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "./...")
	command.Dir = harness.Root()
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; seen++ {
		var pkg struct {
			ImportPath string
			Imports    []string
		}
		if err := decoder.Decode(&pkg); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		checkImports(t, strings.TrimPrefix(strings.TrimPrefix(pkg.ImportPath, "sallyport"), "/"), pkg.Imports)
	}
	if seen < 10 {
		t.Errorf("go list found only %d packages", seen)
	}
}

func checkImports(t *testing.T, name string, imports []string) {
	t.Helper()
	allowed, known := mayImport[name]
	if !known {
		t.Errorf("package %q is not in the table: say there what it may import", name)
	}
	for _, path := range imports {
		own, ours := strings.CutPrefix(path, "sallyport/")
		if ours && !slices.Contains(allowed, own) {
			t.Errorf("%s imports %s, and may import %v", name, own, allowed)
		}
		if (path == "net/http" || strings.HasPrefix(path, "github.com/gin-")) && slices.Contains(knowNoHTTP, name) {
			t.Errorf("%s imports %s: HTTP stays in middleware and handlers", name, path)
		}
	}
}

func TestSpecification_ListsEveryRouteAndNoOther(t *testing.T) {
	described := describedRoutes(t)
	served := servedRoutes(t, harness.Root())
	if len(served) < 8 {
		t.Fatalf("found only the routes %q", served)
	}
	for _, route := range served {
		if !slices.Contains(described, route) {
			t.Errorf("openapi.yaml does not describe %s", route)
		}
	}
	for _, route := range described {
		if !slices.Contains(served, route) {
			t.Errorf("openapi.yaml describes %s, which is no route", route)
		}
	}
}

func describedRoutes(t *testing.T) (routes []string) {
	t.Helper()
	document, err := harness.Document()
	if err != nil {
		t.Fatal(err)
	}
	for path, item := range document.Paths.Map() {
		for method := range item.Operations() {
			routes = append(routes, method+" "+path)
		}
	}
	return routes
}

var parameter = regexp.MustCompile(`:(\w+)`)

// servedRoutes reads the route tables of the source in root: every literal
// that begins with http.MethodX and a path. Pages' assets are files, not API.
func servedRoutes(t *testing.T, root string) (routes []string) {
	t.Helper()
	for _, name := range []string{"routes.go", "pages.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, "handlers", name), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if literal, ok := n.(*ast.CompositeLit); ok && len(literal.Elts) >= 2 {
				if route := routeOf(literal.Elts[0], literal.Elts[1]); route != "" && !strings.Contains(route, "/*") {
					routes = append(routes, route)
				}
			}
			return true
		})
	}
	return routes
}

func routeOf(method, path ast.Expr) string {
	selector, ok := method.(*ast.SelectorExpr)
	text, isText := path.(*ast.BasicLit)
	if !ok || !isText || !strings.HasPrefix(selector.Sel.Name, "Method") {
		return ""
	}
	plain, err := strconv.Unquote(text.Value)
	if err != nil {
		return ""
	}
	return strings.ToUpper(strings.TrimPrefix(selector.Sel.Name, "Method")) + " " + parameter.ReplaceAllString(plain, "{$1}")
}
