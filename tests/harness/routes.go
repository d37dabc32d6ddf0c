package harness

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// Route is one operation of openapi.yaml as a client would call it. The tests
// that go over all of them cover a new route from the day it is described,
// which the build insists on.
type Route struct {
	Name      string // "GET /path/{id}"
	Method    string
	Path      string // parameters filled with their examples
	Parameter string // the path with %s for its last parameter, "" where it has none
	Body      string // an example of its JSON, "" where it takes none
	MustJSON  bool   // a JSON body is required, or a form
	Form      bool   // it takes a form with files
	operation *openapi3.Operation
}

// Routes returns all routes of openapi.yaml, pages included, in a stable order.
func Routes(t testing.TB) (all []Route) {
	t.Helper()
	document, err := Document()
	if err != nil {
		t.Fatal(err)
	}
	paths := document.Paths.Map()
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		operations := paths[path].Operations()
		for _, method := range slices.Sorted(maps.Keys(operations)) {
			all = append(all, newRoute(t, method, path, operations[method]))
		}
	}
	if len(all) < 15 {
		t.Fatalf("openapi.yaml has only %d routes", len(all))
	}
	return all
}

// DescribedRoutes returns the names of all routes of openapi.yaml.
func DescribedRoutes(t testing.TB) (names []string) {
	t.Helper()
	for _, r := range Routes(t) {
		names = append(names, r.Name)
	}
	return names
}

func newRoute(t testing.TB, method, path string, operation *openapi3.Operation) Route {
	t.Helper()
	r := Route{Name: method + " " + path, Method: method, Path: path, operation: operation}
	for _, parameter := range operation.Parameters {
		if p := parameter.Value; p.In == "path" {
			r.Parameter = strings.ReplaceAll(r.Path, "{"+p.Name+"}", "%s")
			r.Path = strings.ReplaceAll(r.Path, "{"+p.Name+"}", fmt.Sprint(p.Example))
		}
	}
	if operation.RequestBody == nil {
		return r
	}
	body := operation.RequestBody.Value
	r.Form = body.Content["multipart/form-data"] != nil
	media := body.Content["application/json"]
	if media == nil {
		return r
	}
	r.MustJSON = body.Required
	for _, name := range slices.Sorted(maps.Keys(media.Examples)) {
		text, err := json.Marshal(media.Examples[name].Value.Value)
		if err != nil {
			t.Fatal(err)
		}
		r.Body = string(text)
	}
	if r.MustJSON && r.Body == "" {
		t.Fatalf("%s %s has no example of its body", method, path)
	}
	return r
}

// String returns the name.
func (r Route) String() string { return r.Name }

// ChangesState reports whether the route does more than reading.
func (r Route) ChangesState() bool { return r.Method != http.MethodGet }

// NeedsIdentity reports whether the route is refused without a credential: it
// names some, and not "none will do" ({} in the list).
func (r Route) NeedsIdentity() bool {
	if r.operation.Security == nil || len(*r.operation.Security) == 0 {
		return false
	}
	return !slices.ContainsFunc(*r.operation.Security, func(s openapi3.SecurityRequirement) bool { return len(s) == 0 })
}

// TextFields returns the names of the fields of the JSON body that hold text, any
// or one of a list.
func (r Route) TextFields() (names []string) {
	body := r.operation.RequestBody.Value.Content["application/json"].Schema
	for _, schema := range append(body.Value.AnyOf, body) {
		for name, property := range schema.Value.Properties {
			if property.Value.Type.Includes("string") {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

var parameter = regexp.MustCompile(`:(\w+)`)

// ServedRoutes reads the route tables of the source: every literal that begins
// with http.MethodX and a path. Pages' assets are files, not API.
func ServedRoutes(t testing.TB) (routes []string) {
	t.Helper()
	for _, name := range []string{"handlers/routes.go", "handlers/pages.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(Root(), name), nil, 0)
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
