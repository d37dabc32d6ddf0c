package config

import (
	"fmt"
	"net/netip"
	"strings"
)

// host reads the address to listen on. It is checked here because Conda and tcsh
// export a HOST of another meaning.
func (r *reader) host() string {
	value := r.text("HOST", "127.0.0.1")
	if !validHost(strings.ToLower(value)) {
		r.fail("HOST", fmt.Sprintf("%.80q is not an address or host name", value), "127.0.0.1, or 0.0.0.0 for every interface (the port goes into PORT)")
	}
	return value
}

// proxies reads the addresses and networks whose X-Forwarded-For is used.
func (r *reader) proxies(production bool) []string {
	const goodProxies = "10.0.0.7,192.168.0.0/16, the proxies' own addresses"
	entries := r.list("TRUSTED_PROXIES")
	for _, entry := range entries {
		prefix, err := netip.ParsePrefix(entry)
		if addr, addrErr := netip.ParseAddr(entry); addrErr == nil && addr.Zone() == "" {
			continue
		}
		switch {
		case err != nil:
			r.fail("TRUSTED_PROXIES", fmt.Sprintf("%.80q is not an address or CIDR", entry), goodProxies)
		case prefix.Bits() == 0 && production:
			r.fail("TRUSTED_PROXIES", fmt.Sprintf("%.80q is everybody: every client could claim any address, and HTTPS", entry), goodProxies)
		case prefix.Bits() == 0:
			r.warn("TRUSTED_PROXIES contains %s: every client can claim any address", entry)
		}
	}
	return entries
}
