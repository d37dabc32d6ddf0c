package binary

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"sallyport/tests/harness"
)

// balancer sends each request to the next server that says it is ready, and never
// a second time, as a service of Kubernetes does.
type balancer struct {
	mu      sync.Mutex
	servers map[string]*httputil.ReverseProxy // by URL
	ready   []string
	next    int
}

// newBalancer asks its servers all the time whether they are ready.
func newBalancer(t *testing.T) (b *balancer, url string) {
	t.Helper()
	b = &balancer{servers: map[string]*httputil.ReverseProxy{}}
	ended := make(chan struct{})
	var asking sync.WaitGroup
	asking.Go(func() {
		for tick := time.Tick(10 * time.Millisecond); ; {
			select {
			case <-ended:
				return
			case <-tick:
				b.ask()
			}
		}
	})
	server := httptest.NewServer(b)
	t.Cleanup(func() { close(ended); asking.Wait(); server.Close() })
	return b, server.URL
}

func (b *balancer) add(t *testing.T, p *harness.Process) {
	t.Helper()
	target, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.Transport = &http.Transport{MaxIdleConnsPerHost: 8}
	proxy.ErrorLog = log.New(io.Discard, "", 0) // who asked gets 502
	b.mu.Lock()
	b.servers[p.URL] = proxy
	b.mu.Unlock()
	harness.Await(t, func() error {
		b.mu.Lock()
		defer b.mu.Unlock()
		if !slices.Contains(b.ready, p.URL) {
			return errors.New("no request is sent to the server")
		}
		return nil
	})
}

// ask finds out which servers are ready.
func (b *balancer) ask() {
	b.mu.Lock()
	var urls, ready []string
	for url := range b.servers {
		urls = append(urls, url)
	}
	b.mu.Unlock()
	for _, url := range urls {
		if answer, err := http.Get(url + "/readyz"); err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				ready = append(ready, url)
			}
		}
	}
	b.mu.Lock()
	b.ready = ready
	b.mu.Unlock()
}

// ServeHTTP implements http.Handler.
func (b *balancer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	if len(b.ready) == 0 {
		b.mu.Unlock()
		http.Error(w, "no server is ready", http.StatusBadGateway)
		return
	}
	b.next++
	proxy := b.servers[b.ready[b.next%len(b.ready)]]
	b.mu.Unlock()
	proxy.ServeHTTP(w, r)
}

// A balancer that goes by /readyz and sends nothing twice loses no request while
// one of two servers is replaced.
func TestRollingRestart_LosesNoRequest(t *testing.T) {
	t.Parallel()
	instance := func(database string) *harness.Process {
		return serve(t, t.TempDir(), "DATABASE_URL="+database, "DRAIN_DELAY=6s", // it needs a few hundredths of one
			"ACCESS_TOKEN_SECRET="+harness.AccessSecret, "REFRESH_TOKEN_SECRET="+harness.RefreshSecret)
	}
	database := harness.PostgresURL(t)
	old := instance(database)
	balancer, front := newBalancer(t)
	balancer.add(t, old)
	balancer.add(t, instance(database))
	load := harness.Visit(t, front, func() *http.Client { return &http.Client{Transport: &http.Transport{}} }, 6)
	load.AwaitServed(t, 50)
	old.Stop(syscall.SIGTERM)
	balancer.add(t, instance(database))
	load.AwaitServed(t, 50)
	load.WantNoneFailed(t)
}

// While it drains a server answers, is not ready, and is alive.
func TestDraining_IsSeenByLoadBalancersAndByNobodyElse(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir(), "DRAIN_DELAY=5m")
	tokens := p.SignUp("ada")
	if answer := p.Send("GET", "/readyz", "", "").Want(t, 200, ""); answer.Header.Get("Connection") != "" {
		t.Errorf("%v", answer.Header)
	}
	if err := p.Cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	harness.Await(t, func() error {
		if answer := p.Send("GET", "/readyz", "", ""); answer.Status != 503 || answer.Code != "not_ready" {
			return fmt.Errorf("%s", answer.Raw)
		}
		return nil
	})
	p.Send("GET", "/healthz", "", "").Want(t, 200, "")
	p.CurrentUser(tokens.Access).Want(t, 200, "")
	p.Refresh(tokens.Refresh).Want(t, 200, "")
	if !p.Alive() {
		t.Error("it has ended before the delay")
	}
}
