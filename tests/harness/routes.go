package harness

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// DescribedRoutes returns the routes of openapi.yaml, each as "GET /path/{id}".
func DescribedRoutes(t testing.TB) (routes []string) {
	t.Helper()
	document, err := Document()
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

// ServedRoutes reads the route tables of the source in root: every literal
// that begins with http.MethodX and a path. Pages' assets are files, not API.
func ServedRoutes(t testing.TB, root string) (routes []string) {
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
