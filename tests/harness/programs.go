package harness

import (
	"fmt"
	"go/build"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Program returns where a program is, looking where Debian installs it too. A
// missing one skips the test and names the package, or fails it where
// SALLYPORT_TEST_REQUIRE=all: `go test ./...` has to pass on a machine with Go
// alone. Nothing else in the tree skips.
func Program(t testing.TB, name, debianPackage string) string {
	t.Helper()
	return program(t, MissingError{name, "install the Debian package " + debianPackage})
}

// GoProgram is [Program] for one that is built from a Go package, given with its
// version.
func GoProgram(t testing.TB, name, goPackage string) string {
	t.Helper()
	return program(t, MissingError{name, "go install " + goPackage})
}

func program(t testing.TB, missing MissingError) string {
	t.Helper()
	if path := find(missing.Program); path != "" {
		return path
	}
	if os.Getenv("SALLYPORT_TEST_REQUIRE") == "all" {
		t.Fatal(missing)
	}
	t.Skip(missing)
	return ""
}

// MissingError says that a program is not installed.
type MissingError struct{ Program, Install string }

// Error implements error.
func (e MissingError) Error() string {
	return fmt.Sprintf("needs the program %s: %s", e.Program, e.Install)
}

func find(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	for _, pattern := range []string{"/usr/bin/", "/usr/sbin/", "/usr/lib/postgresql/*/bin/", filepath.Join(build.Default.GOPATH, "bin") + "/"} {
		if found, _ := filepath.Glob(pattern + name); len(found) > 0 {
			return found[len(found)-1] // the newest version
		}
	}
	return ""
}

// Main runs the tests of a package and stops the servers and the browser they
// started. Call it from TestMain.
func Main(m *testing.M) int {
	code := m.Run()
	oneBrowser.stop()
	if shared.server != nil {
		shared.server.Stop()
	}
	return code
}

// FreePort returns a port nobody listens on at this moment.
func FreePort(t testing.TB) int {
	t.Helper()
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
