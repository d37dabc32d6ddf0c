// Package shipped looks at the built program: what main wires shows only there.
// Its tests run at the same time, for some have to wait in earnest: the clock
// of another process cannot be moved.
package shipped

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

const (
	registerPath = "/api/v1/auth/register"
	loginPath    = "/api/v1/auth/login"
	refreshPath  = "/api/v1/auth/refresh-token"
	currentUser  = "/api/v1/users/current-user"
	changePath   = "/api/v1/users/change-password"
	sessionsPath = "/api/v1/users/sessions"
)

func TestMain(m *testing.M) {
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

// ask sends one request with these headers, names and values in turn.
func ask(t *testing.T, p *harness.Process, method, path, body string, header ...string) harness.Answer {
	t.Helper()
	r, err := http.NewRequest(method, p.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	client := p.HTTP
	if strings.HasPrefix(path, "/assets/") { // which openapi.yaml does not describe
		client = http.DefaultClient
	}
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return harness.Read(t, response)
}

// database opens the file of a server that runs in the folder.
func database(t *testing.T, dir string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, "data", "sallyport.db")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}
