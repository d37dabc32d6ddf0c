// Package deploy checks what the folder deploy, the Dockerfile and .ci/release hold:
// their settings are the program's, and the program runs as they start it.
package deploy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"sallyport/tests/harness"
)

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }

// decode reads each document of a YAML file in which no key stands twice.
func decode[T any](t *testing.T, path string) (all []T) {
	t.Helper()
	for _, document := range strings.Split(harness.ReadPage(t, path), "\n---\n") {
		var one T
		if err := yaml.Unmarshal([]byte(document), &one); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all = append(all, one)
	}
	return all
}

// secret puts a good value into a file of this name. It is how the test stands in
// for a container's secrets.
func secret(t *testing.T, dir, name string) (path string) {
	t.Helper()
	value, known := map[string]string{
		"access-token-secret":  harness.AccessSecret,
		"refresh-token-secret": harness.RefreshSecret,
		"database-url":         "postgres://sallyport:x@postgres.example.com:5432/sallyport?sslmode=verify-full",
		"redis-url":            "rediss://sallyport:x@redis.example.com:6379/0",
		"smtp-url":             "smtp://sallyport:x@mail.example.com:587",
		"media-url":            "s3://x:x@s3.example.com/pictures",
	}[name]
	if !known {
		t.Fatalf("no secret is called %s", name)
	}
	harness.WriteFile(t, dir, name, []byte(value+"\n"))
	return filepath.Join(dir, name)
}
