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

// port reads the port to listen on. An address in it comes from an orchestrator,
// which names the addresses of services in variables that end in PORT.
func (r *reader) port() int {
	if value := r.get("PORT"); strings.Contains(value, "://") {
		r.fail("PORT", fmt.Sprintf("%.80q is the address of a service, set by Kubernetes or Docker, and no port", value),
			"8080, or enableServiceLinks: false in the pod")
		return 0
	}
	return r.number("PORT", 8080, 0, 65535)
}

// proxies reads the addresses and networks whose X-Forwarded-For is used. IPv4 in
// the notation of IPv6 becomes IPv4: that is how connections are compared.
func (r *reader) proxies(production bool) (trusted []netip.Prefix) {
	const goodProxies = "10.0.0.7,192.168.0.0/16, the proxies' own addresses"
	for _, entry := range r.list("TRUSTED_PROXIES") {
		prefix, ok := parsePrefix(entry)
		switch {
		case !ok:
			r.fail("TRUSTED_PROXIES", fmt.Sprintf("%.80q is not an address or CIDR", entry), goodProxies)
		case prefix.Bits() == 0 && production:
			r.fail("TRUSTED_PROXIES", fmt.Sprintf("%.80q is everybody: every client could claim any address, and HTTPS", entry), goodProxies)
		case prefix.Bits() == 0:
			r.warn("TRUSTED_PROXIES contains %s: every client can claim any address", entry)
		}
		trusted = append(trusted, prefix)
	}
	return trusted
}

const mappedBits = 96 // of ::ffff:0:0/96, in which IPv4 is written as IPv6 (RFC 4291 §2.5.5.2)

// parsePrefix reads a CIDR, or an address as one that holds it alone. A network
// that is partly IPv4 in the notation of IPv6 is none.
func parsePrefix(s string) (_ netip.Prefix, ok bool) {
	prefix, err := netip.ParsePrefix(s)
	if address, addressErr := netip.ParseAddr(s); addressErr == nil && address.Zone() == "" {
		prefix, err = netip.PrefixFrom(address, address.BitLen()), nil
	}
	if err != nil || !prefix.Addr().Is4In6() {
		return prefix.Masked(), err == nil
	}
	prefix = netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-mappedBits)
	return prefix.Masked(), prefix.IsValid()
}
