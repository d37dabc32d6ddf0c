package cluster

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"sallyport/tests/harness"
)

// world is the cluster and everybody who uses it.
type world struct {
	t        *testing.T
	cluster  *harness.Cluster
	balancer *balancer
	network  http.RoundTripper
	report   *report
	accounts []*account // those that are there from the beginning
	browsers []*browser
	probing  sync.WaitGroup // looks for what a revocation has not reached
	browsing sync.WaitGroup
	stop     context.CancelFunc
	outage   time.Duration // of one failure

	mu   sync.Mutex
	gone []*session // those whose revocation was answered
}

func newWorld(t *testing.T, cluster *harness.Cluster) *world {
	network := &http.Transport{MaxIdleConnsPerHost: 256}
	t.Cleanup(network.CloseIdleConnections)
	return &world{t: t, cluster: cluster, network: network, balancer: newBalancer(t, cluster), report: &report{}}
}

// arrive signs everybody in: one browser of each account registers it.
func (w *world) arrive(n int) {
	w.report.begin("everybody signs in", nothing)
	turns := make(chan struct{}, 4) // as many as hash at once, and some that wait
	var group sync.WaitGroup
	for number := 0; number < n; number += perAccount {
		people := newAccount(fmt.Sprintf("user%d", number))
		w.accounts = append(w.accounts, people)
		for i := range min(perAccount, n-number) {
			w.browsers = append(w.browsers, w.newBrowser(people, number+i))
		}
		members := w.browsers[number:]
		turns <- struct{}{}
		group.Go(func() {
			defer func() { <-turns }()
			for i, b := range members {
				w.insist(b, func() {
					if i == 0 {
						b.register(people)
					} else {
						b.signIn()
					}
				})
			}
		})
	}
	group.Wait()
}

// insist tries until the browser is signed in.
func (w *world) insist(b *browser, signIn func()) {
	for range 20 {
		if signIn(); b.session != nil {
			return
		}
	}
	w.t.Errorf("%s cannot sign in", b.account.name)
}

// beginBrowsing has every browser do one thing after the other.
func (w *world) beginBrowsing() {
	ctx, stop := context.WithCancel(w.t.Context())
	w.stop = stop
	w.administer(ctx)
	for _, b := range w.browsers {
		w.browsing.Go(func() { b.browse(ctx) })
	}
}

func (w *world) endBrowsing() {
	w.stop()
	w.browsing.Wait()
	w.probing.Wait()
}

// verify looks, when all is over, at every session of a browser, and once more at
// all that have ended, on every instance.
func (w *world) verify() {
	w.report.begin("all is looked at once more", nothing)
	for n, i := range w.cluster.Instances {
		harness.Await(w.t, func() error {
			if o := w.try(i); o.unknown() {
				return fmt.Errorf("instance %d does not serve again: %d %s %w", n+1, o.Status, o.Raw, o.err)
			}
			return nil
		})
	}
	turns := make(chan struct{}, 8)
	var group sync.WaitGroup
	check := func(look func()) {
		turns <- struct{}{}
		group.Go(func() { defer func() { <-turns }(); look() })
	}
	for _, b := range w.browsers {
		check(func() {
			if b.session != nil && b.useEverywhere() {
				b.refresh(1, b.client)
			}
		})
	}
	for _, s := range w.gone {
		check(func() { w.wantOver(s) })
	}
	group.Wait()
}

// try sends an instance a request that needs its database, and counts it nowhere.
func (w *world) try(i *harness.Instance) (o outcome) {
	r := request{method: http.MethodPost, path: harness.LoginPath, body: harness.LoginBody("nobody", firstPassword), address: "192.0.2.4"}
	o.Answer, _, o.err = try(&http.Client{Transport: w.network, Timeout: patience}, i.URL(), r)
	return o
}

// wantOver fails the run unless both tokens of the session are refused.
func (w *world) wantOver(s *session) {
	access, refresh := s.tokens()
	client := &http.Client{Transport: w.network, Timeout: patience}
	for _, i := range w.cluster.Instances {
		for _, r := range []request{
			{method: http.MethodGet, path: harness.CurrentUserPath, cookies: "accessToken=" + access, address: "192.0.2.3"},
			{method: http.MethodPost, path: harness.RefreshPath, cookies: "refreshToken=" + refresh, address: "192.0.2.3"},
		} {
			if o := w.send(client, i.URL(), r); o.Status == http.StatusOK {
				w.report.violate("a session that was ended works at the end: %s %s", r.method, r.path)
			}
		}
	}
}

// pause waits, on average for mean; it reports whether to go on.
func pause(ctx context.Context, mean time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(time.Duration(rand.ExpFloat64() * float64(mean))):
		return true
	}
}
