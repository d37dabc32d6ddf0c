package harness

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
)

// nodeFiles are what `npm ci` reads, in tests/clients.
var nodeFiles = []string{"package.json", "package-lock.json", ".npmrc"}

// unreachable are npm's codes for a registry that it cannot reach.
var unreachable = regexp.MustCompile(`\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|FETCH_ERROR)\b`)

// installing lets the tests of one process install the packages once.
var installing sync.Mutex

// NodeModules returns a folder whose node_modules holds the packages of
// tests/clients/package-lock.json. They are installed once on a machine, outside of
// the tree. The test is skipped where npm is missing or cannot reach its registry,
// and fails where SALLYPORT_TEST_REQUIRE=all.
func NodeModules(t testing.TB) string {
	t.Helper()
	npm := Program(t, "npm", "npm")
	Program(t, "node", "nodejs")
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	installing.Lock()
	defer installing.Unlock()
	folder := filepath.Join(cache, "sallyport-tests", "npm-"+nodeKey(t))
	if _, err := os.Stat(folder); err == nil {
		return folder
	}
	installPackages(t, npm, folder)
	return folder
}

// nodeKey changes with what is installed.
func nodeKey(t testing.TB) string {
	t.Helper()
	sum := sha256.New()
	for _, name := range nodeFiles {
		fmt.Fprintf(sum, "%s\x00", ReadPage(t, "tests/clients/"+name))
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// installPackages installs into a new folder and renames it: the folder is whole or not
// there. Where another process was faster, its folder stays.
func installPackages(t testing.TB, npm, folder string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(folder), 0o700); err != nil {
		t.Fatal(err)
	}
	work, err := os.MkdirTemp(filepath.Dir(folder), "installing-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(work)
	for _, name := range nodeFiles {
		WriteFile(t, work, name, []byte(ReadPage(t, "tests/clients/"+name)))
	}
	command := exec.CommandContext(t.Context(), npm, "ci", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	command.Dir = work
	if output, err := command.CombinedOutput(); err != nil {
		if unreachable.Match(output) && os.Getenv("SALLYPORT_TEST_REQUIRE") != "all" {
			t.Skipf("npm cannot reach its registry: %s", output)
		}
		t.Fatalf("npm ci: %v: %s", err, output)
	}
	if err := os.Rename(work, folder); err != nil {
		if _, missing := os.Stat(folder); missing != nil {
			t.Fatal(err)
		}
	}
}

// Node runs a CommonJS script, which may require the packages of [NodeModules], and
// returns what it writes to its standard output.
func Node(t testing.TB, script string, args ...string) string {
	t.Helper()
	var output, errors bytes.Buffer
	command := node(t, script, args)
	command.Stdout, command.Stderr = &output, &errors
	if err := command.Run(); err != nil {
		t.Fatalf("node %s: %v: %s%s", script, err, output.String(), errors.String())
	}
	return output.String()
}

// NodeServer is [Node] for a script that runs until the test ends. It returns the first
// line that the script writes, which is its address.
func NodeServer(t testing.TB, script string, args ...string) string {
	t.Helper()
	command, errors := node(t, script, args), &Log{}
	command.Stderr = errors
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill(); _ = command.Wait() })
	lines := bufio.NewScanner(output)
	if !lines.Scan() {
		t.Fatalf("node %s ended: %s", script, errors.String())
	}
	return lines.Text()
}

func node(t testing.TB, script string, args []string) *exec.Cmd {
	t.Helper()
	folder := NodeModules(t)
	command := exec.CommandContext(t.Context(), Program(t, "node", "nodejs"), append([]string{script}, args...)...)
	command.Dir = folder
	command.Env = append(os.Environ(), "NODE_PATH="+filepath.Join(folder, "node_modules"))
	return command
}
