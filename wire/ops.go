package wire

import (
	"context"
	"errors"
	"net/http"
	"net/http/pprof" // #nosec G108 -- it registers at http.DefaultServeMux, which nothing serves

	"sallyport/auth"
	"sallyport/config"
	"sallyport/internal/metrics"
	"sallyport/internal/ratelimit"
	"sallyport/middleware"
)

// watched are the events of which docs/operations/alerts.yaml reports the first.
var watched = []string{"forged_token", "limits_unavailable"}

// Metrics returns what counts, nil where OPS_ADDR is off.
func Metrics(c config.Config) *metrics.Metrics {
	if c.Ops.Addr == "" {
		return nil
	}
	labels := metrics.Labels{SignIns: auth.SignInOutcomes, Refreshes: auth.RefreshOutcomes, Events: watched}
	for name := range c.Limits.Rates {
		labels.Limits = append(labels.Limits, policyName(name))
	}
	return metrics.New(labels)
}

// newOps is what operators see: metrics and Go's profiles.
func newOps(p Parts, service *auth.Service, others *outside) http.Handler {
	if p.Metrics == nil {
		return nil
	}
	sources := metrics.Sources{Hashing: hashing(p), Cached: service.Remembered, Pool: p.Store.PoolStats, Now: p.Now}
	if p.Config.Mail.Possible(p.Config.Production) {
		sources.Outbox = p.Store.MailWaiting
	}
	if others.channel != nil {
		sources.News = others.heard
	}
	p.Metrics.Watch(sources)
	mux := http.NewServeMux()
	mux.Handle("/metrics", p.Metrics.Handler())
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return mux
}

func hashing(p Parts) func() metrics.Hashing {
	return func() (h metrics.Hashing) {
		h.Running, h.Waiting, h.Refused = p.Hasher.Load()
		return h
	}
}

// meter is nil where nothing is counted.
func meter(m *metrics.Metrics) auth.Meter {
	if m == nil {
		return nil
	}
	return m
}

// observe is nil where nothing is counted.
func observe(m *metrics.Metrics) middleware.Observe {
	if m == nil {
		return nil
	}
	return m.Request
}

// counted is the limiter, with its refusals counted.
func counted(limiter ratelimit.Limiter, name string, m *metrics.Metrics) ratelimit.Limiter {
	if m == nil {
		return limiter
	}
	return countedLimiter{limiter, name, m}
}

type countedLimiter struct {
	ratelimit.Limiter
	name    string
	metrics *metrics.Metrics
}

// Take implements ratelimit.Limiter.
func (l countedLimiter) Take(ctx context.Context, key string) error {
	err := l.Limiter.Take(ctx, key)
	var exceeded *ratelimit.Exceeded
	if errors.As(err, &exceeded) {
		l.metrics.Limited(l.name)
	}
	return err
}
