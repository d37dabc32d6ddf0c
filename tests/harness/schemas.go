package harness

import (
	"bytes"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/routers"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// answerSchemas are the schemas of JSON answers in openapi.yaml, each compiled once:
// kin-openapi compiles them anew for each answer, which took a third of the time of
// the tests.
type answerSchemas struct {
	mu       sync.Mutex
	compiler *jsonschema.Compiler
}

const specURL = "https://sallyport.example/openapi.json" // is never loaded

var schemas = sync.OnceValues(func() (*answerSchemas, error) {
	document, err := Document()
	if err != nil {
		return nil, err
	}
	text, err := document.MarshalJSON()
	if err != nil {
		return nil, err
	}
	spec, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	return &answerSchemas{compiler: compiler}, compiler.AddResource(specURL, spec)
})

// check validates the JSON body of an answer.
func (s *answerSchemas) check(route *routers.Route, status int, body []byte) error {
	s.mu.Lock() // the compiler keeps what it has compiled
	schema, err := s.compiler.Compile(specURL + placeOf(route, status) + "/content/application~1json/schema")
	s.mu.Unlock()
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

// placeOf is where openapi.yaml describes an answer: with its route, or in components
// where several routes share it.
func placeOf(route *routers.Route, status int) string {
	code := strconv.Itoa(status)
	if answer := route.Operation.Responses.Value(code); answer != nil && answer.Ref != "" {
		return answer.Ref
	}
	path := strings.NewReplacer("~", "~0", "/", "~1").Replace(route.Path)
	return fmt.Sprintf("#/paths/%s/%s/responses/%s", url.PathEscape(path), strings.ToLower(route.Method), code)
}
