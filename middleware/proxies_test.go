package middleware

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
)

// behind returns proxies that trust these networks.
func behind(log io.Writer, networks ...string) *Proxies {
	var trusted []netip.Prefix
	for _, network := range networks {
		trusted = append(trusted, netip.MustParsePrefix(network))
	}
	return NewProxies(trusted, slog.New(slog.NewTextHandler(log, nil)))
}

// from is a request on a connection from this address, with these header lines.
func from(remote string, forwarded ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.RemoteAddr = remote
	r.Header[forwardedFor] = forwarded
	return r
}

func TestProxies_ReadTheClientAsProxiesWriteIt(t *testing.T) {
	const proxy = "10.0.0.1:4711"
	for _, tt := range []struct {
		why, remote string
		forwarded   []string
		want        string
	}{
		{"no header", proxy, nil, "10.0.0.1"},
		{"an address", proxy, []string{"203.0.113.9"}, "203.0.113.9"},
		{"with a port, as Azure writes it", proxy, []string{"203.0.113.9:5678"}, "203.0.113.9"},
		{"IPv6", proxy, []string{"2001:db8::1"}, "2001:db8::1"},
		{"IPv6 in brackets", proxy, []string{"[2001:db8::1]"}, "2001:db8::1"},
		{"IPv6 with a port", proxy, []string{"[2001:db8::1]:443"}, "2001:db8::1"},
		{"in quotes, as RFC 7239 has it", proxy, []string{`"[2001:db8::1]:443"`}, "2001:db8::1"},
		{"IPv4 in quotes", proxy, []string{`"203.0.113.9"`}, "203.0.113.9"},
		{"IPv4 as IPv6", proxy, []string{"::ffff:203.0.113.9"}, "203.0.113.9"},
		{"IPv4 as IPv6 with a port", proxy, []string{"[::ffff:203.0.113.9]:443"}, "203.0.113.9"},
		{"with a zone", proxy, []string{"fe80::1%eth0"}, "fe80::1"},
		{"spaces and tabs", proxy, []string{" \t203.0.113.9 \t"}, "203.0.113.9"},
		{"two hops, no space", proxy, []string{"203.0.113.9,10.0.0.2"}, "203.0.113.9"},
		{"two hops with ports", proxy, []string{"203.0.113.9:1, 10.0.0.2:2"}, "203.0.113.9"},
		{"a hop written as IPv6", proxy, []string{"203.0.113.9, ::ffff:10.0.0.2"}, "203.0.113.9"},
		{"several header lines", proxy, []string{"198.51.100.1", "203.0.113.9", "10.0.0.2"}, "203.0.113.9"},
		{"empty entries", proxy, []string{"203.0.113.9,", ", ,", ""}, "203.0.113.9"},
		{"trusted all the way", proxy, []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"the connection over IPv6", "[::ffff:10.0.0.1]:4711", []string{"203.0.113.9"}, "203.0.113.9"},
		{"the connection from a zone", "[fd00::1%eth0]:4711", []string{"203.0.113.9"}, "203.0.113.9"},

		{"what the client said itself", proxy, []string{"198.51.100.1, 203.0.113.9"}, "203.0.113.9"},
		{"in a line of its own", proxy, []string{"198.51.100.1", "203.0.113.9"}, "203.0.113.9"},
		{"garbage of the client's", proxy, []string{"<script>, 203.0.113.9"}, "203.0.113.9"},
		{"a proxy's address of the client's", proxy, []string{"198.51.100.1, 10.0.0.2, 203.0.113.9"}, "203.0.113.9"},
		{"not from the proxy", "203.0.113.9:4711", []string{"198.51.100.1"}, "203.0.113.9"},
		{"not from the proxy, IPv4 as IPv6", "[::ffff:203.0.113.9]:4711", []string{"198.51.100.1"}, "203.0.113.9"},

		{"a name", proxy, []string{"unknown"}, "10.0.0.1"},
		{"a name behind two hops", proxy, []string{"203.0.113.9, unknown, 10.0.0.2"}, "10.0.0.2"},
		{"a name in a line of its own", proxy, []string{"203.0.113.9", "unknown"}, "10.0.0.1"},
		{"too many numbers", proxy, []string{"203.0.113.9.1"}, "10.0.0.1"},
		{"numbers that may be octal", proxy, []string{"0203.0.113.9"}, "10.0.0.1"},
		{"a unix socket", "@", []string{"203.0.113.9"}, ""},
	} {
		if got := shown(behind(io.Discard, "10.0.0.0/8", "fd00::/8").Client(from(tt.remote, tt.forwarded...))); got != tt.want {
			t.Errorf("%s: %q from %s is %q, want %q", tt.why, tt.forwarded, tt.remote, got, tt.want)
		}
	}
}

func TestProxies_WarnOnceOfAHeaderThatTheyCannotRead(t *testing.T) {
	var log bytes.Buffer
	proxies := behind(&log, "10.0.0.0/8")
	proxies.Client(from("203.0.113.9:1", "unknown")) // not from a proxy
	proxies.Client(from("10.0.0.1:1", "203.0.113.9"))
	if log.Len() > 0 {
		t.Errorf("without a reason: %s", &log)
	}
	for range 3 {
		proxies.Client(from("10.0.0.1:1", "topsecret"))
	}
	said := log.String()
	if strings.Count(said, "\n") != 1 || !strings.Contains(said, "level=WARN") || !strings.Contains(said, "X-Forwarded-For") ||
		!strings.Contains(said, "TRUSTED_PROXIES") || !strings.Contains(said, "10.0.0.1") || strings.Contains(said, "topsecret") {
		t.Errorf("the log says %q", said)
	}
}

func TestProxies_SecureIsWhatATrustedProxySays(t *testing.T) {
	for _, tt := range []struct {
		why, remote string
		proto       []string
		want        bool
	}{
		{"https", "10.0.0.1:1", []string{"https"}, true},
		{"the connection over IPv6", "[::ffff:10.0.0.1]:1", []string{"HTTPS"}, true},
		{"http", "10.0.0.1:1", []string{"http"}, false},
		{"nothing", "10.0.0.1:1", nil, false},
		{"the client's word before the proxy's", "10.0.0.1:1", []string{"https, http"}, false},
		{"the client's word in a line of its own", "10.0.0.1:1", []string{"http", "https"}, false},
		{"not from the proxy", "203.0.113.9:1", []string{"https"}, false},
	} {
		r := from(tt.remote)
		r.Header[forwardedProto] = tt.proto
		if got := behind(io.Discard, "10.0.0.0/8").Secure(r); got != tt.want {
			t.Errorf("%s: %v", tt.why, got)
		}
	}
}

func TestProxies_SayOnceWhatHTTPSNeeds(t *testing.T) {
	var log bytes.Buffer
	proxies := behind(&log, "10.0.0.0/8")
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.Use(Errors(proxies.log), RequireHTTPS(proxies))
	engine.GET("/", Handler(ok))
	for _, tt := range []struct {
		why, remote, proto, hint string
	}{
		{"the proxy is not listed", "192.0.2.7:1", "https", "TRUSTED_PROXIES: if it is your proxy, add it\" proxy=192.0.2.7"},
		{"the proxy does not say", "10.0.0.1:1", "", "X-Forwarded-Proto"},
		{"the proxy says http", "10.0.0.2:1", "http", ""},
	} {
		log.Reset()
		for range 3 {
			r := from(tt.remote)
			if tt.proto != "" {
				r.Header.Set(forwardedProto, tt.proto)
			}
			w := httptest.NewRecorder()
			engine.ServeHTTP(w, r)
			if w.Code != 403 || !strings.Contains(w.Body.String(), "X-Forwarded-Proto") {
				t.Errorf("%s: %d %s", tt.why, w.Code, w.Body)
			}
		}
		said := log.String()
		if lines := strings.Count(said, "\n"); lines != min(1, len(tt.hint)) || !strings.Contains(said, tt.hint) || lines > 0 && !strings.Contains(said, "TRUSTED_PROXIES") {
			t.Errorf("%s: the log says %s", tt.why, said)
		}
	}
}
