package cluster

import (
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sallyport/tests/harness"
)

const (
	checkEvery = 100 * time.Millisecond
	checkTime  = time.Second
)

// balancer sends each request to an instance that says it is ready, at random: no
// browser stays with one. Where none is ready it takes any.
type balancer struct {
	instances []*harness.Instance
	ready     []atomic.Bool
}

func newBalancer(t *testing.T, cluster *harness.Cluster) *balancer {
	b := &balancer{instances: cluster.Instances, ready: make([]atomic.Bool, len(cluster.Instances))}
	ctx, stop := context.WithCancel(context.Background())
	var checks sync.WaitGroup
	t.Cleanup(func() { stop(); checks.Wait() })
	client := &http.Client{Timeout: checkTime, Transport: &http.Transport{DisableKeepAlives: true}}
	for i := range b.instances {
		b.ready[i].Store(true) // it was, a moment ago
		checks.Go(func() { b.watch(ctx, client, i) })
	}
	return b
}

func (b *balancer) watch(ctx context.Context, client *http.Client, i int) {
	ticker := time.NewTicker(checkEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			b.ready[i].Store(isReady(ctx, client, b.instances[i].URL()))
		}
	}
}

func isReady(ctx context.Context, client *http.Client, url string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/readyz", nil)
	if err != nil {
		return false
	}
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body) // the status says it all
	return response.StatusCode == http.StatusOK
}

// inUse returns the URLs of the instances that are ready, or all where none is.
func (b *balancer) inUse() (urls []string) {
	for i := range b.ready {
		if b.ready[i].Load() {
			urls = append(urls, b.instances[i].URL())
		}
	}
	if len(urls) > 0 {
		return urls
	}
	for _, i := range b.instances {
		urls = append(urls, i.URL())
	}
	return urls
}

func (b *balancer) pick() string {
	urls := b.inUse()
	return urls[rand.IntN(len(urls))]
}
