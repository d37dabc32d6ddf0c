package metrics

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// unmatched is the route of every request that none takes: its path is the
// client's choice.
const unmatched = "unmatched"

// methods are those that routes have, or that honest clients may try. Every other
// word is the client's choice, and counted as "other".
var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
}

// buckets, in seconds, are close together where current-user (1 ms) and a sign-in
// (50 ms) are, and end at the longest wait for a password hash.
var buckets = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

func durations() *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: namespace, Name: "http_request_duration_seconds", Help: "Time from a request's header to its answer.", Buckets: buckets,
	}, []string{"route", "method"})
}

// Request counts an answered request. route is the pattern of the route, "" where
// none took it.
func (m *Metrics) Request(route, method string, status int, took time.Duration) {
	if route == "" {
		route = unmatched
	}
	if !slices.Contains(methods, method) {
		method = other
	}
	m.requests.WithLabelValues(route, method, strconv.Itoa(status)).Inc()
	m.durations.WithLabelValues(route, method).Observe(took.Seconds())
}
