package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// databaseFile is the SQLite file in DATA_DIR.
const databaseFile = "sallyport.db"

// host reads the address to listen on. It is checked here because Conda and tcsh
// export a HOST of another meaning.
func (r *reader) host() string {
	value := r.text("HOST", "127.0.0.1")
	if !validHost(strings.ToLower(value)) {
		r.fail("HOST", fmt.Sprintf("%.80q is not an address or host name", value), "127.0.0.1, or 0.0.0.0 for every interface (the port goes into PORT)")
	}
	return value
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

// database reads DATABASE_URL. No problem shows the value: it may hold a
// password.
func (r *reader) database(dir, dataDir string) Database {
	const good = "sqlite://data/sallyport.db or postgres://user:password@host:5432/name" // #nosec G101 -- an example, no secret
	value := r.get("DATABASE_URL")
	scheme, rest, _ := strings.Cut(value, "://")
	switch strings.ToLower(scheme) {
	case "":
		if value == "" {
			return Database{"sqlite", resolve(dataDir, databaseFile)}
		}
	case "sqlite":
		if rest == "" || strings.ContainsAny(rest, "?#") || strings.HasPrefix(rest, ":") {
			r.fail("DATABASE_URL", "is not sqlite:// and the plain path of a file", good)
		}
		return Database{"sqlite", resolve(dir, rest)}
	case "postgres", "postgresql":
		u, err := url.Parse(value)
		if err != nil || u.Host == "" && u.Query().Get("host") == "" {
			r.fail("DATABASE_URL", "is not a PostgreSQL URL (special characters in the password are %-encoded)", good)
		}
		return Database{"postgres", value}
	}
	r.fail("DATABASE_URL", "names neither SQLite nor PostgreSQL", good)
	return Database{}
}
