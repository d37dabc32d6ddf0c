package harness

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
)

// Cluster is several instances of the built program on one PostgreSQL and one
// Redis. Between each instance and each of the two is a network of its own, which
// a test can break.
type Cluster struct {
	Instances []*Instance
	Postgres  *Postgres
	Redis     *Redis
	URL       string // of the database, past the networks
}

// Instance is one of a [Cluster]. It may be killed and started again.
type Instance struct {
	ToPostgres, ToRedis *Proxy

	t         testing.TB
	binary    Binary
	dir       string
	variables []string
	process   *Process
	url       atomic.Pointer[string]
}

// StartCluster starts n instances with these variables. They end with the test.
func StartCluster(t testing.TB, n int, variables ...string) *Cluster {
	t.Helper()
	c := &Cluster{Redis: NewRedis(t)}
	c.Postgres, c.URL = PostgresServer(t)
	for range n {
		i := &Instance{t: t, binary: Built(t), dir: t.TempDir()}
		i.ToPostgres, i.ToRedis = NewProxy(t, c.Postgres.address), NewProxy(t, c.Redis.Address())
		i.variables = slices.Concat([]string{
			"ACCESS_TOKEN_SECRET=" + AccessSecret, "REFRESH_TOKEN_SECRET=" + RefreshSecret,
			"DATABASE_URL=" + i.ToPostgres.Through(c.URL), "REDIS_URL=" + i.ToRedis.Through(c.Redis.URL),
			"COOKIE_SECURE=false", // cookie jars keep Secure cookies off plain HTTP
		}, variables)
		i.Start()
		c.Instances = append(c.Instances, i)
	}
	return c
}

// Start starts the instance, on a port of its own, and waits until it is ready.
func (i *Instance) Start() {
	i.t.Helper()
	i.process = i.binary.Serve(i.t, i.dir, i.variables...)
	i.url.Store(&i.process.URL)
}

// URL is where the instance listens, or has listened before it ended.
func (i *Instance) URL() string { return *i.url.Load() }

// API returns a client of the instance as it runs now.
func (i *Instance) API() *API { return i.process.API }

// Log is what the instance has written since its latest start.
func (i *Instance) Log() string { return i.process.Stderr.String() }

// Kill ends the instance with SIGKILL.
func (i *Instance) Kill() { i.process.Kill() }

// Restart ends the instance as an update does, with SIGTERM, and starts it again.
func (i *Instance) Restart() {
	i.t.Helper()
	i.process.Stop(syscall.SIGTERM)
	i.Start()
}

// Visit returns a client whose cookies any instance takes: a cookie is not bound to
// a port. A request fails with an error where an instance does not answer.
func (c *Cluster) Visit(t testing.TB, transport http.RoundTripper) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, Transport: transport}
}

// Shut ends the server as `pg_ctl stop -m fast` does. [Postgres.Halt] is the
// immediate way.
func (p *Postgres) Shut(t testing.TB) {
	t.Helper()
	if err := p.process.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := p.process.Wait(); err != nil {
		t.Fatal(fmt.Errorf("PostgreSQL does not end: %w", err))
	}
}
