package tests

import (
	"strings"
	"testing"

	"sallyport/tests/harness"
)

func TestSpecificationIsValid(t *testing.T) {
	document, err := harness.Document()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(document.OpenAPI, "3.1") {
		t.Errorf("openapi: %s", document.OpenAPI)
	}
}

func TestSpecificationIsServedAsItIs(t *testing.T) {
	server := harness.Start(t)
	if answer := server.Client(t).Get("/openapi.yaml"); answer.Raw != string(harness.Spec(t)) {
		t.Errorf("GET /openapi.yaml is not the file openapi.yaml")
	}
}
