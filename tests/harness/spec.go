package harness

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// Validated checks every answer against openapi.yaml on its way back.
func Validated(t testing.TB, next http.RoundTripper) http.RoundTripper {
	router, err := specRouter()
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := schemas()
	if err != nil {
		t.Fatal(err)
	}
	return validator{t, router, compiled, next}
}

type validator struct {
	t       testing.TB
	router  routers.Router
	schemas *answerSchemas
	next    http.RoundTripper
}

func (v validator) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := v.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	response.Body.Close()
	if err != nil {
		return nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	if kind := response.Header.Get("Content-Type"); bytes.HasPrefix(body, []byte("{")) && kind != "application/json; charset=utf-8" {
		v.t.Errorf("%s %s: JSON is called %q", r.Method, r.URL.Path, kind)
	}
	if r.Method == http.MethodHead && len(body) > 0 {
		v.t.Errorf("HEAD %s is answered with a body", r.URL.Path)
	}
	route, parameters, err := v.router.FindRoute(described(r))
	if err != nil {
		if response.StatusCode != http.StatusNotFound && response.StatusCode != http.StatusMethodNotAllowed {
			v.t.Errorf("%s %s answered %d and is not in openapi.yaml", r.Method, r.URL.Path, response.StatusCode)
		}
		return response, nil
	}
	request := &openapi3filter.RequestValidationInput{
		Request: r, PathParams: parameters, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
	}
	if err := accepted(request, response.StatusCode); err != nil {
		v.t.Errorf("%s %s: the program accepts what openapi.yaml does not: %v", r.Method, r.URL.Path, err)
	}
	asJSON := strings.HasPrefix(response.Header.Get("Content-Type"), "application/json") && r.Method != http.MethodHead
	err = openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: request,
		Status:                 response.StatusCode,
		Header:                 response.Header,
		Body:                   io.NopCloser(bytes.NewReader(body)),
		Options:                &openapi3filter.Options{IncludeResponseStatus: true, ExcludeResponseBody: asJSON || r.Method == http.MethodHead},
	})
	if err == nil && asJSON {
		err = v.schemas.check(route, response.StatusCode, body)
	}
	if err != nil {
		v.t.Errorf("%s %s: %d is not as openapi.yaml says: %v", r.Method, r.URL.Path, response.StatusCode, err)
	}
	return response, nil
}

// described is the request whose answer openapi.yaml describes: a HEAD is
// answered as a GET is, without the body.
func described(r *http.Request) *http.Request {
	if r.Method != http.MethodHead {
		return r
	}
	get := *r
	get.Method = http.MethodGet
	return &get
}

// Document is openapi.yaml, loaded and checked once: that takes as long as many a
// test. It is only to be read.
var Document = sync.OnceValues(func() (*openapi3.T, error) {
	loader := openapi3.NewLoader()
	document, err := loader.LoadFromFile(Root() + "/openapi.yaml")
	if err != nil {
		return nil, err
	}
	err = document.Validate(loader.Context)
	document.Servers = nil // tests listen where there is room
	return document, err
})

var specRouter = sync.OnceValues(func() (routers.Router, error) {
	document, err := Document()
	if err != nil {
		return nil, err
	}
	for _, kind := range []string{"text/html", "text/javascript"} {
		openapi3filter.RegisterBodyDecoder(kind, openapi3filter.PlainBodyDecoder)
	}
	for _, kind := range []string{"image/jpeg", "image/png", "image/gif", "image/webp"} {
		openapi3filter.RegisterBodyDecoder(kind, openapi3filter.FileBodyDecoder)
	}
	return gorillamux.NewRouter(document)
})

// accepted returns what is wrong by openapi.yaml with a request that the program
// took. One that it refused may be as wrong as it likes.
func accepted(request *openapi3filter.RequestValidationInput, status int) error {
	if status >= http.StatusMultipleChoices || request.Request.GetBody == nil {
		return nil
	}
	body, err := request.Request.GetBody() // what was sent has been read
	if err != nil {
		return err
	}
	r := request.Request.Clone(request.Request.Context())
	r.Body = body
	again := *request
	again.Request = r
	return openapi3filter.ValidateRequest(r.Context(), &again)
}
