package config

import (
	"net/netip"
	"net/url"
	"strings"
)

const goodRedis = "redis://user:password@host:6379/0, or rediss:// for TLS" // #nosec G101 -- an example, no secret

// redis reads REDIS_URL. No problem shows the value: it may hold a password.
func (r *reader) redis(production bool) string {
	encrypted := r.choice("REDIS_TLS", "required", "off") == "required"
	value := r.get("REDIS_URL")
	if value == "" {
		return ""
	}
	scheme, rest, _ := strings.Cut(value, "://")
	if wrong := misread(rest); wrong != "" {
		r.fail("REDIS_URL", wrong, goodRedis+"; "+goodCharacters)
		return ""
	}
	u, err := url.Parse(value)
	switch {
	case strings.Contains(scheme, "sentinel"), strings.Contains(scheme, "cluster"), err == nil && strings.Contains(u.Host, ","):
		r.fail("REDIS_URL", "names Redis Sentinel, a cluster or several servers, which this program does not speak",
			goodRedis+" of the one primary: a managed Redis has such a name, and so has a proxy such as HAProxy in front of Sentinel's servers")
	case err != nil || scheme != "redis" && scheme != "rediss" || !validServer(u.Host):
		r.fail("REDIS_URL", "is not a Redis URL (special characters in the password are %-encoded)", goodRedis)
	case u.Query().Has("skip_verify"):
		r.fail("REDIS_URL", "does not verify who answers (skip_verify)", "a certificate that this machine trusts: SSL_CERT_FILE names a file of authorities")
	case production && encrypted && scheme != "rediss" && !local(u.Hostname()):
		r.fail("REDIS_URL", "goes to another machine without TLS, which production refuses", "rediss://, or REDIS_TLS=off where the network itself encrypts")
	}
	return value
}

// local reports whether the host is this machine.
func local(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}
