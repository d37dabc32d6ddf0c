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
