package middleware

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
)

const publicURL = "https://public.example.com"

func originsOf(log io.Writer, local bool, listed ...string) *Origins {
	return NewOrigins(publicURL, listed, local, slog.New(slog.NewTextHandler(log, nil)))
}

// page is a change that a browser sends for a page of this origin to the host.
func page(origin, site, host string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	r.Host = host
	r.Header.Set("Origin", origin)
	if site != "" {
		r.Header.Set("Sec-Fetch-Site", site)
	}
	return r
}

func TestOrigins_OurOwnPagesAreNotForeign(t *testing.T) {
	for _, tt := range []struct {
		why, origin, site, host string
		own                     bool
	}{
		{"a proxy rewrote Host", publicURL, "", "10.0.0.7:8080", true},
		{"and the browser knows better", publicURL, "same-origin", "10.0.0.7:8080", true},
		{"PUBLIC_URL's page asks another name of this server", publicURL, "same-site", "api.example.com", true},
		{"Host with the default port", "https://api.example.com", "", "api.example.com:443", true},
		{"Host with the default port of http", "http://192.168.0.7", "", "192.168.0.7:80", true},
		{"Host in upper case", "https://api.example.com", "", "API.Example.com", true},
		{"both", "https://api.example.com", "", "API.Example.com:443", true},
		{"IPv6", "http://[fd00::1]:8080", "", "[fd00::1]:8080", true},

		{"the port of the other scheme", "http://api.example.com", "", "api.example.com:443", false},
		{"another port", "https://api.example.com", "", "api.example.com:8443", false},
		{"Host means nothing to a browser that says cross-site", "https://api.example.com", "cross-site", "api.example.com", false},
		{"longer than PUBLIC_URL", publicURL + ".evil.com", "", "10.0.0.7:8080", false},
		{"PUBLIC_URL over http", "http://public.example.com", "", "10.0.0.7:8080", false},
		{"null", "null", "", "null", false},
		{"nothing", "", "cross-site", "", false},
	} {
		origins := originsOf(io.Discard, false)
		if err := origins.check(page(tt.origin, tt.site, tt.host)); (err == nil) != tt.own {
			t.Errorf("%s: %v", tt.why, err)
		}
		if origins.Allows(tt.origin) {
			t.Errorf("%s: %s may read answers", tt.why, tt.origin)
		}
	}
	if err := NewOrigins("", nil, false, slog.New(slog.DiscardHandler)).check(page("", "cross-site", "x")); err == nil {
		t.Error("without PUBLIC_URL a page without an origin is our own")
	}
}

func TestOrigins_DevelopmentAllowsThisMachineAndListedOnesAlone(t *testing.T) {
	for origin, local := range map[string]bool{
		"http://localhost:5173": true, "http://localhost": true, "https://localhost:8443": true,
		"http://127.0.0.1:4200": true, "http://[::1]:3000": true,
		"http://localhost.evil.com": false, "http://localhost:5173.evil.com": false, "http://localhost:": false, "http://localhost:123456": false,
		"http://evil-localhost:5173": false, "http://127.0.0.2:4200": false, "http://127.0.0.1.evil.com": false, "http://127x0x0x1": false,
		"http://localhost:5173/": false, "http://localhost@evil.com": false, "ftp://localhost": false, "HTTP://localhost": false,
		"null": false, "": false, "tauri://localhost": false, "http://localhost:80\n": false,
	} {
		if got := originsOf(io.Discard, true, good).Allows(origin); got != local {
			t.Errorf("in development %q is allowed: %v", origin, got)
		}
		if originsOf(io.Discard, false, good).Allows(origin) {
			t.Errorf("%q is allowed though it is not listed", origin)
		}
		if err := originsOf(io.Discard, true).check(page(origin, "cross-site", "127.0.0.1:8080")); (err == nil) != local {
			t.Errorf("in development a change from %q: %v", origin, err)
		}
	}
	for _, app := range []string{"tauri://localhost", "chrome-extension://abcdefghijklmnopabcdefghijklmnop"} {
		origins := originsOf(io.Discard, false, app)
		if err := origins.check(page(app, "cross-site", "api.example.com")); err != nil || !origins.Allows(app) {
			t.Errorf("%s is listed: %v", app, err)
		}
	}
}

func TestOrigins_ARefusedOneIsLoggedOnceWithTheSetting(t *testing.T) {
	var log bytes.Buffer
	h := AllowOrigins(originsOf(&log, false, good), http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for _, origin := range []string{good, publicURL, "https://api.example.com"} {
		ask(h, http.MethodPost, "/", "Origin", origin)
	}
	if log.Len() > 0 {
		t.Errorf("of pages that are let in: %s", &log)
	}
	for _, method := range []string{http.MethodOptions, http.MethodGet, http.MethodPost} { // a preflight is the first that comes
		ask(h, method, "/", "Origin", "http://localhost:5174", "Access-Control-Request-Method", "POST")
	}
	ask(h, http.MethodPost, "/", "Origin", "null")
	said := log.String()
	if strings.Count(said, "\n") != 2 || strings.Count(said, "CORS_ORIGIN") != 2 || strings.Count(said, "origin=http://localhost:5174") != 1 {
		t.Errorf("the log says %s", said)
	}
	for i := range 2 * maxHinted {
		ask(h, http.MethodGet, "/", "Origin", fmt.Sprintf("https://%d.example", i))
	}
	if n := strings.Count(log.String(), "\n"); n != maxHinted {
		t.Errorf("%d lines, want %d", n, maxHinted)
	}
}

func TestOrigins_DroppedCookiesAreLoggedOnce(t *testing.T) {
	setting := func(line string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if line != "" {
				w.Header().Add("Set-Cookie", line)
			}
		})
	}
	const lax, none = "accessToken=x; Path=/; HttpOnly; Secure; SameSite=Lax", "accessToken=x; Path=/; HttpOnly; Secure; SameSite=None"
	for _, tt := range []struct {
		why, cookie string
		header      []string
		dropped     bool
	}{
		{"localhost and 127.0.0.1", lax, []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "cors"}, true},
		{"two ports of one host", lax, []string{"Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "cors"}, false},
		{"COOKIE_SAMESITE=none", none, []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "cors"}, false},
		{"no cookie", "", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "cors"}, false},
		{"a form: the browser goes there", lax, []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, false},
		{"no browser", lax, nil, false},
	} {
		var log bytes.Buffer
		h := AllowOrigins(originsOf(&log, true), setting(tt.cookie))
		for range 3 {
			ask(h, http.MethodPost, "/", append(tt.header, "Origin", "http://localhost:5173")...)
		}
		if n := strings.Count(log.String(), "COOKIE_SAMESITE=none"); n != map[bool]int{true: 1}[tt.dropped] {
			t.Errorf("%s: %s", tt.why, &log)
		}
	}
}

func TestCORS_AllowedOriginsMaySendAnyHeader(t *testing.T) {
	h := program(t, io.Discard, func(c *gin.Context) error { return ok(c) })
	for asked, want := range map[string]bool{
		"baggage,content-type,sentry-trace,traceparent": true,
		"x-requested-with": true,
		"authorization":    true,
		strings.Repeat("x-a-header,", 300) + "x-b":  true,
		strings.Repeat("x-a-header,", 1000) + "x-b": false, // longer than any honest list
	} {
		allowed := ask(h, http.MethodOptions, "/", "Origin", good, "Access-Control-Request-Method", "POST", askedNames, asked).Header()
		if got := allowed.Get("Access-Control-Allow-Headers"); (got == asked) != want || strings.Contains(got, "*") || allowed.Get("Access-Control-Allow-Origin") != good {
			t.Errorf("%.60s: %.60q, %v", asked, got, allowed)
		}
		foreign := ask(h, http.MethodOptions, "/", "Origin", "https://evil.com", "Access-Control-Request-Method", "POST", askedNames, asked).Header()
		if foreign.Get("Access-Control-Allow-Headers") != "" {
			t.Errorf("a foreign origin: %v", foreign)
		}
	}
}
