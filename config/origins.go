package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var hostname = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$`)

// origins reads CORS_ORIGIN, the list of frontends that may use the cookies.
func (r *reader) origins(production bool) []string {
	defaults := []string{"http://localhost:3000", "http://localhost:5173"}
	if production {
		defaults = nil
	}
	var origins []string
	for _, entry := range r.list("CORS_ORIGIN", defaults...) {
		origin, wrong := parseOrigin(entry, production)
		if wrong != "" {
			r.fail("CORS_ORIGIN", wrong, "https://app.example.com,https://admin.example.com, exact and without a path")
			continue
		}
		if !slices.Contains(origins, origin) {
			origins = append(origins, origin)
		}
	}
	return origins
}

// parseOrigin returns the origin as a browser sends it (lower case, no default
// port), since origins are compared byte for byte, or what is wrong with it.
// Source: RFC 6454 §6.2.
func parseOrigin(s string, httpsOnly bool) (origin, wrong string) {
	shown := fmt.Sprintf("%.80q", s)
	switch {
	case s == "":
		return "", "has an empty entry"
	case strings.Contains(s, "*"):
		return "", shown + " is a wildcard, and cookies are never shared with every site"
	case s == "null":
		return "", `"null" is the origin of any sandboxed page`
	case strings.Contains(s, "@"): // the value may hold a password: not shown
		return "", "has a user name in it"
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return "", shown + " is not http(s)://host[:port]"
	case u.Path != "" || strings.ContainsAny(s, "?#"):
		return "", shown + " has more than scheme, host and port"
	case httpsOnly && u.Scheme != "https":
		return "", shown + " is not https, which production requires"
	case !validHost(strings.ToLower(u.Hostname())) || !validPort(u.Port()) || strings.HasSuffix(u.Host, ":"):
		return "", shown + " has no valid host and port (write an international name as xn--…)"
	}
	host := strings.ToLower(u.Host)
	host = strings.TrimSuffix(host, map[string]string{"http": ":80", "https": ":443"}[u.Scheme])
	return u.Scheme + "://" + host, ""
}

func validHost(s string) bool {
	addr, err := netip.ParseAddr(s)
	return err == nil && addr.Zone() == "" || hostname.MatchString(s)
}

func validPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return s == "" || err == nil && n > 0
}
