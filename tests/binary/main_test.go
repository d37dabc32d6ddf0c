// Package binary looks at the built program: what main wires shows only there.
// Its tests run at the same time, for some have to wait in earnest: the clock
// of another process cannot be moved.
package binary

import (
	"database/sql"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sallyport/tests/harness"
)

func TestMain(m *testing.M) {
	insteadOfTests()
	flag.Parse()
	_ = flag.Set("test.parallel", "16") // more than cores: most of the time they wait
	os.Exit(harness.Main(m))
}

// serve starts the program as harness.Binary.Serve does. Where PUBLIC_URL is
// https its banner says so, though a proxy in front would speak it.
func serve(t *testing.T, dir string, variables ...string) *harness.Process {
	t.Helper()
	p := harness.Built(t).Serve(t, dir, variables...)
	p.URL = strings.Replace(p.URL, "https://", "http://", 1)
	return p
}

// status asks for a page, which openapi.yaml may not describe.
func status(t *testing.T, p *harness.Process, path string, header ...string) int {
	t.Helper()
	answer, err := p.Try(http.DefaultClient, "GET", path, "", "", header...)
	if err != nil {
		t.Fatal(err)
	}
	return answer.Status
}

// database opens the file of a server that runs in the folder.
func database(t *testing.T, dir string) *sql.DB {
	t.Helper()
	return harness.OpenSQL(t, "sqlite", filepath.Join(dir, "data", "sallyport.db")+"?_pragma=busy_timeout(5000)")
}
