package config

import (
	"net/netip"
	"net/url"
	"strings"
)

// breachList reads BREACH_LIST_URL. https keeps others on the way from answering
// that nothing has leaked, and from seeing the beginnings of hashes.
func (r *reader) breachList() string {
	const good = "https://api.pwnedpasswords.com/range"
	value := strings.TrimSuffix(r.get("BREACH_LIST_URL"), "/")
	if value == "" {
		return ""
	}
	u, err := url.Parse(value)
	switch {
	case strings.Contains(value, "@"): // may hold a password: not shown
		r.fail("BREACH_LIST_URL", "has a user name in it", good)
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || !validHostPort(u):
		r.fail("BREACH_LIST_URL", "is not https://host[:port]/path", good)
	case strings.ContainsAny(value, "?#"):
		r.fail("BREACH_LIST_URL", "has more than scheme, host, port and path", good)
	case u.Scheme == "http" && !thisMachine(u.Hostname()):
		r.fail("BREACH_LIST_URL", "is not https, and its host is not this machine", good)
	}
	return value
}

// thisMachine reports whether the host is this machine, whatever the network is.
func thisMachine(host string) bool {
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback() || strings.EqualFold(host, "localhost")
}
