package harness

import (
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // database driver "pgx"
)

// Program returns where a program is, looking where Debian installs it too. A
// missing one skips the test and names the package, or fails it where
// SALLYPORT_TEST_REQUIRE=all.
func Program(t testing.TB, name, debianPackage string) string {
	t.Helper()
	if path := find(name); path != "" {
		return path
	}
	message := fmt.Sprintf("needs the program %s: install the Debian package %s", name, debianPackage)
	if os.Getenv("SALLYPORT_TEST_REQUIRE") == "all" {
		t.Fatal(message)
	}
	t.Skip(message)
	return ""
}

func find(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	for _, pattern := range []string{"/usr/bin/", "/usr/sbin/", "/usr/lib/postgresql/*/bin/"} {
		if found, _ := filepath.Glob(pattern + name); len(found) > 0 {
			return found[len(found)-1] // the newest version
		}
	}
	return ""
}

// Main runs the tests of a package and stops the servers they started. Call it
// from TestMain.
func Main(m *testing.M) int {
	code := m.Run()
	if shared.stop != nil {
		shared.stop()
	}
	return code
}

// shared is the one PostgreSQL server of a test binary: starting one takes
// longer than most tests.
var shared struct {
	once      sync.Once
	address   string
	err       error
	stop      func()
	databases atomic.Int64
}

// PostgresURL returns the URL of a new, empty database on a private server.
func PostgresURL(t testing.TB) string {
	t.Helper()
	initdb := Program(t, "initdb", "postgresql")
	server := Program(t, "postgres", "postgresql")
	shared.once.Do(func() { shared.address, shared.stop, shared.err = startPostgres(initdb, server) })
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	name := fmt.Sprintf("test_%d", shared.databases.Add(1))
	admin, err := sql.Open("pgx", "postgres://postgres@"+shared.address+"/postgres")
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	if _, err := admin.ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	return "postgres://postgres@" + shared.address + "/" + name
}

func startPostgres(initdb, server string) (address string, stop func(), err error) {
	dir, err := os.MkdirTemp("", "sallyport-postgres-")
	if err != nil {
		return "", nil, err
	}
	attributes, err := unprivileged(dir)
	if err != nil {
		return "", nil, err
	}
	command := func(name string, args ...string) *exec.Cmd {
		c := exec.Command(name, args...)
		c.Dir = dir
		c.SysProcAttr = attributes
		return c
	}
	data := filepath.Join(dir, "data")
	if out, err := command(initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync").CombinedOutput(); err != nil {
		return "", nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	port, err := FreePort()
	if err != nil {
		return "", nil, err
	}
	postgres := command(server, "-D", data, "-p", strconv.Itoa(port), "-h", "127.0.0.1", "-k", dir, "-c", "max_connections=200")
	if err := postgres.Start(); err != nil {
		return "", nil, err
	}
	stop = func() {
		_ = postgres.Process.Signal(syscall.SIGQUIT) // immediate: nothing of it is kept
		_ = postgres.Wait()
		_ = os.RemoveAll(dir)
	}
	address = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	return address, stop, waitForPostgres(address)
}

func waitForPostgres(address string) error {
	db, err := sql.Open("pgx", "postgres://postgres@"+address+"/postgres")
	if err != nil {
		return err
	}
	defer db.Close()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) { // another process: there is no clock to inject
		if err = db.Ping(); err == nil || time.Now().After(deadline) {
			return err
		}
	}
}

// FreePort returns a port nobody listens on at this moment.
func FreePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
