package attacks

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"sallyport/tests/harness"
)

// route is one operation of openapi.yaml as a client would call it. The tests
// that go over all of them cover a new route from the day it is described,
// which the build insists on.
type route struct {
	method    string
	path      string // parameters filled with their examples
	parameter string // the path with %s for its last parameter, "" where it has none
	body      string // an example of its JSON, "" where it takes none
	mustJSON  bool   // a JSON body is required
	operation *openapi3.Operation
}

// routes returns all routes, pages included, in a stable order.
func routes(t *testing.T) (all []route) {
	t.Helper()
	document, err := harness.Document()
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

func newRoute(t *testing.T, method, path string, operation *openapi3.Operation) route {
	t.Helper()
	r := route{method: method, path: path, operation: operation}
	for _, parameter := range operation.Parameters {
		if p := parameter.Value; p.In == "path" {
			r.parameter = strings.ReplaceAll(r.path, "{"+p.Name+"}", "%s")
			r.path = strings.ReplaceAll(r.path, "{"+p.Name+"}", fmt.Sprint(p.Example))
		}
	}
	if operation.RequestBody == nil {
		return r
	}
	body := operation.RequestBody.Value
	media := body.Content["application/json"]
	if media == nil {
		return r
	}
	r.mustJSON = body.Required
	for _, name := range slices.Sorted(maps.Keys(media.Examples)) {
		text, err := json.Marshal(media.Examples[name].Value.Value)
		if err != nil {
			t.Fatal(err)
		}
		r.body = string(text)
	}
	if r.mustJSON && r.body == "" {
		t.Fatalf("%s %s has no example of its body", method, path)
	}
	return r
}

func (r route) String() string { return r.method + " " + r.path }

// changesState: everything but reading.
func (r route) changesState() bool { return r.method != http.MethodGet }

// needsIdentity: some credential and not "none will do" ({} in the list).
func (r route) needsIdentity() bool {
	if r.operation.Security == nil || len(*r.operation.Security) == 0 {
		return false
	}
	return !slices.ContainsFunc(*r.operation.Security, func(s openapi3.SecurityRequirement) bool { return len(s) == 0 })
}

// textFields returns the names of the fields of the JSON body that hold text.
func (r route) textFields() (names []string) {
	schema := r.operation.RequestBody.Value.Content["application/json"].Schema.Value
	for name, property := range schema.Properties {
		if property.Value.Type.Is("string") && len(property.Value.Enum) == 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
