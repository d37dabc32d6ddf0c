package clients

import (
	"os/exec"
	"path/filepath"
	"testing"

	"sallyport/tests/harness"
)

// TestClients_UnitTestsOfTheClient runs the tests of web/client/sallyport.js that need
// no browser: the page, its clock and the API are made up.
func TestClients_UnitTestsOfTheClient(t *testing.T) {
	t.Parallel()
	node := harness.Program(t, "node", "nodejs")
	files, err := filepath.Glob(filepath.Join(harness.Root(), "tests", "clients", "unit", "*.test.mjs"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no tests: %v", err)
	}
	command := exec.CommandContext(t.Context(), node, append([]string{"--test", "--no-warnings"}, files...)...)
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
}
