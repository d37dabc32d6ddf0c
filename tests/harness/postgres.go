package harness

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"sallyport/models"

	_ "github.com/jackc/pgx/v5/stdlib" // database driver "pgx"
)

// shared is the one PostgreSQL server of a test binary: starting one takes
// longer than most tests. It is never halted, so it does not wait for the disk.
var shared struct {
	once   sync.Once
	server *Postgres
	err    error
}

// migrated is a database of the shared server with the schema of the program, from
// which others are copied: to migrate one takes as long as many a test.
var migrated struct {
	once sync.Once
	name string
	err  error
}

// PostgresURL returns the URL of a new, empty database on a private server.
func PostgresURL(t testing.TB) string {
	t.Helper()
	url, err := sharedPostgres(t).NewDatabase(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return url
}

// MigratedPostgresURL is [PostgresURL] of a database that has the schema.
func MigratedPostgresURL(t testing.TB) string {
	t.Helper()
	server := sharedPostgres(t)
	migrated.once.Do(func() { migrated.name, migrated.err = server.migrate() })
	if migrated.err != nil {
		t.Fatal(migrated.err)
	}
	url, err := server.NewDatabase(t.Context(), migrated.name)
	if err != nil {
		t.Fatal(err)
	}
	return url
}

func sharedPostgres(t testing.TB) *Postgres {
	t.Helper()
	needPostgres(t)
	shared.once.Do(func() { shared.server, shared.err = StartPostgres("-c", "fsync=off") })
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.server
}

// migrate makes a database with the schema and returns its name.
func (p *Postgres) migrate() (name string, err error) {
	ctx := context.Background()
	url, err := p.NewDatabase(ctx, "")
	if err != nil {
		return "", err
	}
	store, err := models.Open(ctx, models.Options{Driver: models.Postgres, DSN: url}, slog.New(slog.DiscardHandler))
	if err != nil {
		return "", err
	}
	_, err = store.Migrate(ctx)
	return url[strings.LastIndexByte(url, '/')+1:], errors.Join(err, store.Close())
}

// PostgresSocket returns where the server of a URL of [PostgresURL] listens on a
// Unix socket: the folder, and the port, which is a part of the file's name.
func PostgresSocket(t testing.TB, of string) (folder, port string) {
	t.Helper()
	if shared.server == nil || !strings.Contains(of, shared.server.address) {
		t.Fatalf("%s is not on the shared server", of)
	}
	_, port, err := net.SplitHostPort(shared.server.address)
	if err != nil {
		t.Fatal(err)
	}
	return shared.server.dir, port
}

func needPostgres(t testing.TB) {
	t.Helper()
	Program(t, "initdb", "postgresql")
	Program(t, "postgres", "postgresql")
}

// Postgres is a private PostgreSQL server in a folder of its own. It is durable
// like any other, unless its arguments say otherwise.
type Postgres struct {
	address   string
	dir       string
	arguments []string // of the server
	process   *exec.Cmd
	databases atomic.Int64
}

// PostgresServer starts a server for one test, which may halt it, and returns
// the URL of an empty database on it.
func PostgresServer(t testing.TB) (server *Postgres, url string) {
	t.Helper()
	needPostgres(t)
	server, err := StartPostgres()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	url, err = server.NewDatabase(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return server, url
}

// StartPostgres starts a server with these arguments; [Postgres.Stop] ends it. Where
// PostgreSQL is not installed the error is a [MissingError].
func StartPostgres(more ...string) (*Postgres, error) {
	initdb, server := find("initdb"), find("postgres")
	if initdb == "" || server == "" {
		return nil, MissingError{"postgres", "postgresql"}
	}
	dir, err := os.MkdirTemp("", "sallyport-postgres-")
	if err != nil {
		return nil, err
	}
	attributes, err := unprivileged(dir)
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	create := command(dir, attributes, initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	if out, err := create.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	p := &Postgres{
		address:   net.JoinHostPort("127.0.0.1", strconv.Itoa(port)),
		dir:       dir,
		arguments: append([]string{server, "-D", data, "-p", strconv.Itoa(port), "-h", "127.0.0.1", "-k", dir, "-c", "max_connections=200"}, more...),
	}
	return p, p.start()
}

func command(dir string, attributes *syscall.SysProcAttr, name string, args ...string) *exec.Cmd {
	c := exec.Command(name, args...)
	c.Dir = dir
	c.SysProcAttr = attributes
	return c
}

func (p *Postgres) start() error {
	attributes, err := unprivileged(p.dir)
	if err != nil {
		return err
	}
	p.process = command(p.dir, attributes, p.arguments[0], p.arguments[1:]...)
	if err := p.process.Start(); err != nil {
		return err
	}
	return p.wait()
}

// NewDatabase makes a database, an empty one or a copy of the named one, and
// returns its URL.
func (p *Postgres) NewDatabase(ctx context.Context, like string) (url string, err error) {
	name := fmt.Sprintf("test_%d", p.databases.Add(1))
	admin, err := sql.Open("pgx", p.url("postgres"))
	if err != nil {
		return "", err
	}
	defer admin.Close()
	statement := "CREATE DATABASE " + name
	if like != "" {
		statement += " TEMPLATE " + like
	}
	_, err = admin.ExecContext(ctx, statement)
	return p.url(name), err
}

// Stop ends the server and removes its folder.
func (p *Postgres) Stop() {
	p.Halt()
	_ = os.RemoveAll(p.dir)
}

// Halt ends the server and every connection to it, as in a crash. It keeps
// its data and its port.
func (p *Postgres) Halt() {
	_ = p.process.Process.Signal(syscall.SIGQUIT) // immediate: it recovers when it is resumed
	_ = p.process.Wait()                          // an error where it was halted before
}

// Resume starts the halted server and waits until it answers.
func (p *Postgres) Resume(t testing.TB) {
	t.Helper()
	if err := p.start(); err != nil {
		t.Fatal(err)
	}
}

func (p *Postgres) url(database string) string {
	return "postgres://postgres@" + p.address + "/" + database
}

// wait returns when the server answers.
func (p *Postgres) wait() error {
	db, err := sql.Open("pgx", p.url("postgres"))
	if err != nil {
		return err
	}
	defer db.Close()
	return await(db.Ping)
}
