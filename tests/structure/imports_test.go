// Package structure checks the source and the pages that describe it: who
// imports whom, which routes, events and tests there are. It starts the program
// only to compare an answer with a file.
package structure

import (
	"encoding/json"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"sallyport/tests/harness"
)

// mayImport says which packages of the program each one may import; a package
// that is not in it has to be added first.
var mayImport = map[string][]string{
	"":                     {"account", "admin", "auth", "auth/password", "auth/session", "config", "internal/apperror", "internal/events", "internal/logs", "internal/news", "internal/serve", "middleware", "models", "transfer", "wire"},
	"wire":                 {"account", "admin", "auth", "auth/password", "auth/session", "auth/token", "config", "handlers", "internal/breach", "internal/mail", "internal/media", "internal/metrics", "internal/news", "internal/ratelimit", "internal/redisclient", "internal/serve", "internal/tracing", "middleware", "models", "web"},
	"handlers":             {"account", "admin", "auth", "auth/session", "internal/apperror", "internal/media", "internal/ratelimit", "middleware", "models", "web"},
	"middleware":           {"auth", "config", "internal/apperror", "internal/events", "internal/logs", "internal/ratelimit"},
	"admin":                {"auth", "auth/names", "auth/session", "internal/apperror", "internal/events", "internal/mail", "models"},
	"account":              {"auth", "auth/names", "auth/session", "internal/apperror", "internal/events", "internal/mail", "internal/media", "models"},
	"auth":                 {"auth/names", "auth/password", "auth/session", "auth/token", "internal/apperror", "internal/events", "internal/mail", "models"},
	"auth/names":           {},
	"auth/password":        {},
	"auth/session":         {"models"}, // the types alone
	"auth/token":           {},
	"models":               {"internal/apperror", "internal/database", "internal/mail", "internal/news"}, // of mail the types alone
	"config":               {},
	"internal/apperror":    {},
	"internal/breach":      {},
	"internal/database":    {},
	"internal/events":      {},
	"internal/logs":        {},
	"internal/mail":        {},
	"internal/media":       {},
	"internal/metrics":     {},
	"internal/news":        {},
	"internal/ratelimit":   {},
	"internal/redisclient": {},
	"internal/serve":       {},
	"internal/tracing":     {},
	"web":                  {},
	"tests/asvs":           {"tests/index"},
	"tests/bench":          {"auth/password", "auth/session", "auth/token", "config", "internal/news", "internal/redisclient", "internal/serve", "middleware", "models", "tests/harness"},
	"tests/harness":        {"admin", "auth/password", "config", "internal/logs", "internal/mail", "internal/ratelimit", "internal/redisclient", "internal/serve", "middleware", "models", "wire"},
	"tests/index":          {},
	"transfer":             {"auth/names", "auth/password", "internal/database", "models"},

	// These hold nothing but tests, which import the harness.
	"tests/attacks": {}, "tests/crash": {}, "tests/journeys": {}, "tests/proofs": {}, "tests/structure": {},
	"tests/binary": {}, "tests/clients": {}, "tests/cluster": {}, "tests/deploy": {}, "tests/frontends": {}, "tests/browser": {}, "tests/transfer": {},
}

// knowNoHTTP are the packages that could serve another protocol tomorrow.
var knowNoHTTP = []string{"account", "admin", "auth", "auth/names", "auth/password", "auth/session", "auth/token", "internal/database", "models", "transfer"}

func TestImports_PointOneWay(t *testing.T) {
	command := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "./...")
	command.Dir = harness.Root()
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; seen++ {
		var pkg struct {
			ImportPath string
			Imports    []string
		}
		if err := decoder.Decode(&pkg); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		checkImports(t, strings.TrimPrefix(strings.TrimPrefix(pkg.ImportPath, "sallyport"), "/"), pkg.Imports)
	}
	if seen < 10 {
		t.Errorf("go list found only %d packages", seen)
	}
}

func checkImports(t *testing.T, name string, imports []string) {
	t.Helper()
	allowed, known := mayImport[name]
	if !known {
		t.Errorf("package %q is not in the table: say there what it may import", name)
	}
	for _, path := range imports {
		own, ours := strings.CutPrefix(path, "sallyport/")
		if ours && !slices.Contains(allowed, own) {
			t.Errorf("%s imports %s, and may import %v", name, own, allowed)
		}
		if (path == "net/http" || strings.HasPrefix(path, "github.com/gin-")) && slices.Contains(knowNoHTTP, name) {
			t.Errorf("%s imports %s: HTTP stays in middleware and handlers", name, path)
		}
	}
}
