package harness

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"testing"
)

// PgBouncer starts a PgBouncer in transaction mode before the PostgreSQL server
// of the URL, with so many connections to it, and returns the URL through it. It
// ends with the test.
func PgBouncer(t testing.TB, behind string, connections int) string {
	t.Helper()
	program := Program(t, "pgbouncer", "pgbouncer")
	through, err := url.Parse(behind)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "sallyport-pgbouncer-") // not of the test: another account has to get in
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	attributes, err := unprivileged(dir)
	if err != nil {
		t.Fatal(err)
	}
	port := FreePort(t)
	for name, text := range map[string]string{
		"users.txt": `"postgres" ""` + "\n",
		"pgbouncer.ini": fmt.Sprintf("[databases]\n* = host=%s port=%s\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = %d\nunix_socket_dir =\n"+
			"auth_type = trust\nauth_file = %s\npool_mode = transaction\ndefault_pool_size = %d\nmax_client_conn = 1000\n",
			through.Hostname(), through.Port(), port, filepath.Join(dir, "users.txt"), connections),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil { // no secret in it
			t.Fatal(err)
		}
	}
	var said Log
	running := command(dir, attributes, program, filepath.Join(dir, "pgbouncer.ini"))
	running.Stdout, running.Stderr = &said, &said
	if err := running.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = running.Process.Kill()
		_ = running.Wait() // killed: an error is what it should be
	})
	through.Host = fmt.Sprintf("127.0.0.1:%d", port)
	db, err := sql.Open("pgx", through.String())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	Await(t, func() error {
		if err := db.PingContext(t.Context()); err != nil {
			return fmt.Errorf("pgbouncer does not answer: %w: %s", err, said.String())
		}
		return nil
	})
	return through.String()
}
