// Package transfer moves users with the built program: a database to PostgreSQL, and
// those of Streamify into either.
package transfer

import (
	"os"
	"testing"

	"sallyport/tests/harness"
)

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }

// run runs the program to its end, which must have this exit code.
func run(t *testing.T, dir string, code int, args []string, variables ...string) (stdout, stderr string) {
	t.Helper()
	p := harness.Built(t).Begin(t, dir, args, variables...)
	if got := p.ExitCode(); got != code {
		t.Fatalf("%v ended with exit code %d, want %d: %s%s", args, got, code, p.Stdout.String(), p.Stderr.String())
	}
	return p.Stdout.String(), p.Stderr.String()
}
