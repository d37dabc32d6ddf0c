package structure

import (
	"slices"
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
	spec := harness.ReadPage(t, "openapi.yaml")
	if answer := harness.Start(t).Client(t).Get("/openapi.yaml"); answer.Raw != spec {
		t.Errorf("GET /openapi.yaml is not the file openapi.yaml")
	}
}

func TestSpecification_ListsEveryRouteAndNoOther(t *testing.T) {
	described := harness.DescribedRoutes(t)
	served := harness.ServedRoutes(t)
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
