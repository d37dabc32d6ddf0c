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
	"sync/atomic"
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

// visitors send requests until they are told to leave: each asks who is signed in,
// refreshes, and begins again.
type visitors struct {
	leave  chan struct{}
	all    sync.WaitGroup
	served atomic.Int64
	mu     sync.Mutex
	failed []string
}

// visit signs them up at the front, each through its own connection.
func visit(t *testing.T, front string, client func() *http.Client, n int) *visitors {
	t.Helper()
	v := &visitors{leave: make(chan struct{})}
	for i := range n {
		api := harness.NewAPI(t, front, client())
		tokens := api.SignUp(fmt.Sprintf("visitor%d", i))
		v.all.Go(func() {
			for tick := time.Tick(10 * time.Millisecond); ; { // two cores serve other tests too
				select {
				case <-v.leave:
					return
				case <-tick:
					tokens = v.once(t, api, tokens)
				}
			}
		})
	}
	return v
}

func (v *visitors) once(t *testing.T, api *harness.API, tokens harness.Tokens) harness.Tokens {
	answer, err := api.Try(api.HTTP, "GET", harness.CurrentUserPath, tokens.Access, "")
	if v.count(answer, err); err != nil {
		return tokens
	}
	answer, err = api.Try(api.HTTP, "POST", harness.RefreshPath, "", harness.RefreshBody(tokens.Refresh))
	if v.count(answer, err) {
		return answer.Tokens(t)
	}
	return tokens
}

func (v *visitors) count(answer harness.Answer, err error) (served bool) {
	if err == nil && answer.Status == http.StatusOK {
		v.served.Add(1)
		return true
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.failed = append(v.failed, fmt.Sprintf("%d %s: %v", answer.Status, answer.Raw, err))
	return false
}

// awaitServed waits for n more requests.
func (v *visitors) awaitServed(t *testing.T, n int64) {
	t.Helper()
	before := v.served.Load()
	harness.Await(t, func() error {
		if more := v.served.Load() - before; more < n {
			return fmt.Errorf("%d requests were answered, want %d", more, n)
		}
		return nil
	})
}

// wantNoneFailed ends the visit.
func (v *visitors) wantNoneFailed(t *testing.T) {
	t.Helper()
	close(v.leave)
	v.all.Wait()
	if len(v.failed) > 0 {
		t.Errorf("%d of %d requests failed: %.500s", len(v.failed), v.served.Load(), v.failed)
	}
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
	load := visit(t, front, func() *http.Client { return &http.Client{Transport: &http.Transport{}} }, 6)
	load.awaitServed(t, 50)
	old.Stop(syscall.SIGTERM)
	balancer.add(t, instance(database))
	load.awaitServed(t, 50)
	load.wantNoneFailed(t)
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
