package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var hostname = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$`)

// origins reads CORS_ORIGIN, the list of frontends that may use the cookies.
func (r *reader) origins(production bool) (list []string) {
	for _, entry := range r.list("CORS_ORIGIN") {
		origin, ok := appOrigin(entry)
		if !ok {
			var wrong string
			if origin, wrong = parseOrigin(entry, production); wrong != "" {
				r.fail("CORS_ORIGIN", wrong, "https://app.example.com,https://admin.example.com, exact and without a path, or an app's, as tauri://localhost")
				continue
			}
		}
		if !slices.Contains(list, origin) {
			list = append(list, origin)
		}
	}
	return list
}

// appSchemes are those of pages that are part of an app or of a browser's
// extension. No site has such an origin.
var appSchemes = []string{
	"app", "capacitor", "ionic", "tauri",
	"chrome-extension", "moz-extension", "safari-web-extension",
}

// appOrigin returns the origin of an app's pages. Tauri on Windows and Android
// serves them as http://tauri.localhost: a name that never leaves the device
// (RFC 6761 §6.3).
func appOrigin(s string) (origin string, ok bool) {
	u, err := url.Parse(s)
	if err != nil || u.User != nil || u.Path != "" || strings.ContainsAny(s, "?#*") || !validHostPort(u) {
		return "", false
	}
	if strings.HasSuffix(u.Scheme, "-extension") && slices.Contains(appSchemes, u.Scheme) {
		return u.Scheme + "://" + u.Host, true // an id, sent as it is written
	}
	if slices.Contains(appSchemes, u.Scheme) {
		return u.Scheme + "://" + strings.ToLower(u.Host), true
	}
	if u.Scheme == "http" && strings.HasSuffix(u.Hostname(), ".localhost") {
		origin, wrong := parseOrigin(s, false)
		return origin, wrong == ""
	}
	return "", false
}

// publicURL reads PUBLIC_URL. It must be an origin: behind a path the browser
// would not send the refresh cookie, whose path is /api/v1/auth.
func (r *reader) publicURL(port int, https, production bool) string {
	const good = "https://auth.example.com, without a path"
	value := r.get("PUBLIC_URL")
	if value == "" {
		if production {
			r.fail("PUBLIC_URL", "is required in production", good)
		}
		scheme := map[bool]string{false: "http://", true: "https://"}[https]
		return scheme + net.JoinHostPort("localhost", strconv.Itoa(port))
	}
	origin, wrong := parseOrigin(strings.TrimSuffix(value, "/"), production)
	if wrong != "" {
		r.fail("PUBLIC_URL", wrong, good)
	}
	return origin
}

// parseOrigin returns the origin in the form that browsers send, because origins
// are compared byte for byte: lower case, no default port. If s is not an origin
// it returns what is wrong. Source: RFC 6454 §6.2.
func parseOrigin(s string, httpsOnly bool) (origin, wrong string) {
	shown := fmt.Sprintf("%.80q", s)
	switch {
	case s == "":
		return "", "has an empty entry"
	case strings.Contains(s, "@"): // may hold a password: not shown
		return "", "has a user name in it"
	case strings.Contains(s, "*"):
		return "", shown + " is a wildcard, and cookies are never shared with every site"
	case s == "null":
		return "", `"null" is the origin of any sandboxed page`
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return "", shown + " is not http(s)://host[:port]"
	case u.Path != "" || strings.ContainsAny(s, "?#"):
		return "", shown + " has more than scheme, host and port"
	case httpsOnly && u.Scheme != "https":
		return "", shown + " is not https, which production requires"
	case !validHostPort(u):
		return "", shown + " has no valid host and port (write an international name as xn--…)"
	}
	host := strings.ToLower(u.Host)
	host = strings.TrimSuffix(host, map[string]string{"http": ":80", "https": ":443"}[u.Scheme])
	return u.Scheme + "://" + host, ""
}

func validHostPort(u *url.URL) bool {
	return validHost(strings.ToLower(u.Hostname())) && validPort(u.Port()) && !strings.HasSuffix(u.Host, ":")
}

func validHost(s string) bool {
	addr, err := netip.ParseAddr(s)
	return err == nil && addr.Zone() == "" || hostname.MatchString(s)
}

func validPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return s == "" || err == nil && n > 0
}
