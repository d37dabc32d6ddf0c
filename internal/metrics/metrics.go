// Package metrics counts and times what the program does, for Prometheus. Most
// callers need [New], the methods that count, and [Metrics.Handler]. It imports no
// other package of the program.
package metrics

import (
	"net/http"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const namespace = "sallyport"

// Labels are the values that labels can have. Each is there from the start, with
// 0: Prometheus does not see the first of something that was not there before. A
// value that is not listed is counted as "other", so that nobody can make more;
// but not an event, whose names are constants of the code.
type Labels struct {
	SignIns   []string // outcomes
	Refreshes []string // outcomes
	Limits    []string // names
	Events    []string // names; others are there once they have happened
}

const other = "other"

// Metrics is every metric of the program. It is safe for concurrent use.
type Metrics struct {
	registry  *prometheus.Registry
	requests  *prometheus.CounterVec
	durations *prometheus.HistogramVec
	signIns   counters
	refreshes counters
	limits    counters
	events    *prometheus.CounterVec
	hits      prometheus.Counter
	misses    prometheus.Counter
}

// New returns metrics that nothing was counted in, with those of the Go runtime
// and of the process.
func New(l Labels) *Metrics {
	m := &Metrics{
		registry:  prometheus.NewRegistry(),
		requests:  counter("http_requests_total", "Answered requests, by the route that took them.", "route", "method", "code"),
		durations: durations(),
		signIns:   counters{counter("sign_ins_total", "Attempts to sign in, by what became of them.", "outcome"), l.SignIns},
		refreshes: counters{counter("refreshes_total", "Uses of refresh tokens, by what became of them.", "outcome"), l.Refreshes},
		limits:    counters{counter("limit_refusals_total", "Requests that a limit refused.", "limit"), l.Limits},
		events:    counter("events_total", "Security events, as in docs/security/logging.md.", "event"),
	}
	for _, name := range l.Events {
		m.events.WithLabelValues(name)
	}
	lookups := counter("cache_lookups_total", "Users looked for in memory.", "result")
	m.hits, m.misses = lookups.WithLabelValues("hit"), lookups.WithLabelValues("miss")
	m.registry.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), collectors.NewBuildInfoCollector(),
		m.requests, m.durations, m.signIns.begin(), m.refreshes.begin(), m.limits.begin(), m.events, lookups,
	)
	return m
}

// Handler serves the metrics in the formats of Prometheus.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4})
}

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
}

// counters are one for each of the known values of a label.
type counters struct {
	vector *prometheus.CounterVec
	known  []string
}

func (c counters) begin() prometheus.Collector {
	for _, value := range append(slices.Clone(c.known), other) {
		c.vector.WithLabelValues(value)
	}
	return c.vector
}

func (c counters) count(value string) {
	if !slices.Contains(c.known, value) {
		value = other
	}
	c.vector.WithLabelValues(value).Inc()
}

// SignIn counts an attempt to sign in.
func (m *Metrics) SignIn(outcome string) { m.signIns.count(outcome) }

// Refresh counts a use of a refresh token.
func (m *Metrics) Refresh(outcome string) { m.refreshes.count(outcome) }

// Limited counts a request that the limit has refused.
func (m *Metrics) Limited(limit string) { m.limits.count(limit) }

// Lookup counts a user who was looked for in memory.
func (m *Metrics) Lookup(remembered bool) {
	if remembered {
		m.hits.Inc()
		return
	}
	m.misses.Inc()
}
