package config

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// Traces says where traces of requests go.
type Traces struct {
	Endpoint string  // of the collector; empty: there are none
	Service  string  // the name of this program in them
	Share    float64 // of the requests, 0 to 1
}

// traces reads the standard variables of OpenTelemetry.
func (r *reader) traces() Traces {
	const good = "http://127.0.0.1:4318, the collector without /v1/traces"
	t := Traces{Endpoint: r.get("OTEL_EXPORTER_OTLP_ENDPOINT"), Service: r.text("OTEL_SERVICE_NAME", "sallyport")}
	u, err := url.Parse(t.Endpoint)
	switch {
	case t.Endpoint == "":
	case strings.Contains(t.Endpoint, "@"): // may hold a password: not shown
		r.fail("OTEL_EXPORTER_OTLP_ENDPOINT", "has a user name in it", good)
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || !validHostPort(u) || strings.ContainsAny(t.Endpoint, "?#"):
		r.fail("OTEL_EXPORTER_OTLP_ENDPOINT", "is not http(s)://host[:port]", good)
	}
	share := r.text("OTEL_TRACES_SAMPLER_ARG", "1")
	if t.Share, err = strconv.ParseFloat(share, 64); err != nil || !(0 <= t.Share && t.Share <= 1) { // NaN is neither
		r.fail("OTEL_TRACES_SAMPLER_ARG", fmt.Sprintf("%.40q is not a share of the requests", share), "0.1 for a tenth, or 1 for all")
	}
	return t
}
