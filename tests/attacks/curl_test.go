package attacks

import (
	"os"
	"os/exec"
	"testing"

	"sallyport/tests/harness"
)

// newCurl returns curl in a folder of its own, as a function that gives what
// the server answered.
func newCurl(t *testing.T) func(t *testing.T, args ...string) []byte {
	t.Helper()
	path, dir := harness.Program(t, "curl", "curl"), t.TempDir()
	return func(t *testing.T, args ...string) []byte {
		t.Helper()
		command := exec.CommandContext(t.Context(), path, append([]string{"-sS", "--fail-with-body"}, args...)...)
		command.Dir = dir
		command.Env = append(os.Environ(), "CURL_HOME="+dir, "no_proxy=*") // no .curlrc, no proxy
		out, err := command.Output()
		if err != nil {
			t.Fatalf("curl %q: %v: %s", args, err, out)
		}
		return out
	}
}
