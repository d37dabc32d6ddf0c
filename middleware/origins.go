package middleware

import (
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Origins are the pages that may use the cookies: those of CORS_ORIGIN and, for
// changes, those of PUBLIC_URL. What it refuses it logs once for each origin,
// with the setting that lets the page in.
type Origins struct {
	public string // PUBLIC_URL
	listed []string
	local  bool // those of this machine too
	log    *slog.Logger

	protection http.CrossOriginProtection
	refused    hinted    // origins that are kept out
	dropped    sync.Once // logs that browsers drop the cookies
}

// NewOrigins allows the pages of these origins and, where local is set, those of
// any port of localhost, 127.0.0.1 and [::1]. An origin is compared byte for byte
// with what browsers send.
func NewOrigins(public string, listed []string, local bool, log *slog.Logger) *Origins {
	return &Origins{public: public, listed: listed, local: local, log: log}
}

var ofThisMachine = regexp.MustCompile(`^https?://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?$`)

// Allows reports whether pages of this origin may read answers.
func (o *Origins) Allows(origin string) bool {
	return slices.Contains(o.listed, origin) || o.local && ofThisMachine.MatchString(origin)
}

// check returns an error for a change that a browser sent from a page of another
// origin than our own and the allowed ones.
func (o *Origins) check(r *http.Request) error {
	err := o.protection.Check(r)
	if err == nil || o.Allows(r.Header.Get("Origin")) || o.own(r) {
		return nil
	}
	return err
}

// own reports whether the page is of our own origin: that of PUBLIC_URL, whatever
// Host a proxy made of it, or of Host. Host counts only for browsers that do not
// say Sec-Fetch-Site, over plain HTTP and old ones.
func (o *Origins) own(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	switch r.Header.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return true
	case "":
		return o.isPublic(origin) || ofHost(origin, r.Host)
	}
	return o.isPublic(origin)
}

func (o *Origins) isPublic(origin string) bool { return origin != "" && origin == o.public }

var defaultPorts = map[string]string{"http": ":80", "https": ":443"}

// ofHost compares an origin with a Host header, which may have the default port
// and upper case.
func ofHost(origin, host string) bool {
	scheme, hostOfPage, _ := strings.Cut(origin, "://")
	return host != "" && strings.EqualFold(strings.TrimSuffix(host, defaultPorts[scheme]), hostOfPage)
}

// warnRefused logs, once for each origin, that its pages are kept out.
func (o *Origins) warnRefused(r *http.Request) {
	header := r.Header.Get("Origin")
	if header == "" || o.Allows(header) || o.own(r) {
		return
	}
	origin, hint := shownOrigin(header), "pages of this origin are kept out: if they are yours, add it to CORS_ORIGIN"
	if header == "null" {
		origin, hint = header, "a page without an origin is kept out, and cannot be listed in CORS_ORIGIN: open it over http, not as a file or in a sandbox"
	}
	if origin != "" && o.refused.first(origin) {
		o.log.Warn(hint, slog.String("origin", origin))
	}
}

// warnDropped logs, once, that an answer to a page of another site sets cookies
// which its browser drops. Source: RFC 6265bis §5.7, on SameSite.
func (o *Origins) warnDropped(r *http.Request, answer http.Header) {
	origin := r.Header.Get("Origin")
	if r.Header.Get("Sec-Fetch-Site") != "cross-site" || r.Header.Get("Sec-Fetch-Mode") == "navigate" || !o.Allows(origin) {
		return
	}
	if !slices.ContainsFunc(answer["Set-Cookie"], func(line string) bool { return !strings.Contains(line, "; SameSite=None") }) {
		return
	}
	o.dropped.Do(func() {
		o.log.Warn("browsers drop the cookies for a page of another site: open page and API under one host name "+
			"(localhost and 127.0.0.1 are two), or set COOKIE_SAMESITE=none",
			slog.String("origin", origin), slog.String("host", r.Host))
	})
}

const maxShownOrigin = 300 // bytes; a host name has 253 at most

// shownOrigin is the scheme and host of an Origin header in ASCII, as the log
// may show it, and "" for one that names none.
func shownOrigin(header string) string {
	u, err := url.Parse(header)
	if err != nil || len(header) > maxShownOrigin {
		return ""
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host}).String()
}
