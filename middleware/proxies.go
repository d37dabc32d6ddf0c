package middleware

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
)

const forwardedFor = "X-Forwarded-For"

// Proxies are the addresses of TRUSTED_PROXIES. Of their requests, and of no
// others, the headers count that say who sent the request, and how.
type Proxies struct {
	trusted    []netip.Prefix // IPv4 is never written as IPv6
	log        *slog.Logger
	unreadable sync.Once // logs that the header cannot be read
	insecure   hinted    // peers whose requests did not come over HTTPS
}

// NewProxies trusts these addresses.
func NewProxies(trusted []netip.Prefix, log *slog.Logger) *Proxies {
	return &Proxies{trusted: trusted, log: log}
}

// Client returns the address of the client: that of the connection or, where
// trusted proxies sent it, the last one in X-Forwarded-For that is not itself a
// trusted proxy's. What stands before that one is the client's own word. An entry
// that cannot be read fails closed: the address is then that of the proxy, and
// one warning says so. IPv4 is never written as IPv6. The result is invalid for a
// connection without an address.
func (p *Proxies) Client(r *http.Request) netip.Addr {
	client := peer(r)
	lines := r.Header[forwardedFor]
	for i := len(lines) - 1; i >= 0 && p.trusts(client); i-- {
		var readable bool
		if client, readable = p.before(client, lines[i]); !readable {
			p.warnUnreadable(r.Context(), client)
			break
		}
	}
	return client
}

// before follows one line of the header to the left, from the address of the
// proxy that wrote its end, as long as proxies are trusted.
func (p *Proxies) before(client netip.Addr, line string) (_ netip.Addr, readable bool) {
	for rest := line; rest != "" && p.trusts(client); {
		comma := strings.LastIndexByte(rest, ',')
		entry := strings.TrimSpace(rest[comma+1:])
		rest = rest[:max(comma, 0)]
		if entry == "" { // RFC 9110 §5.6.1 has empty entries ignored
			continue
		}
		address, ok := parseForwarded(entry)
		if !ok {
			return client, false
		}
		client = address
	}
	return client, true
}

// parseForwarded reads an address as proxies write it: alone, with a port, in
// brackets, in quotes.
func parseForwarded(entry string) (_ netip.Addr, ok bool) {
	if inner, found := strings.CutPrefix(entry, `"`); found {
		entry = strings.TrimSuffix(inner, `"`)
	}
	if withPort, err := netip.ParseAddrPort(entry); err == nil {
		return plain(withPort.Addr()), true
	}
	if inner, found := strings.CutPrefix(entry, "["); found {
		entry = strings.TrimSuffix(inner, "]")
	}
	address, err := netip.ParseAddr(entry)
	return plain(address), err == nil
}

// peer is the address of the connection, invalid where it has none.
func peer(r *http.Request) netip.Addr {
	remote, _ := netip.ParseAddrPort(r.RemoteAddr) // invalid on an error
	return plain(remote.Addr())
}

// plain is the address without a zone, and IPv4 as IPv4.
func plain(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

func (p *Proxies) trusts(a netip.Addr) bool {
	return slices.ContainsFunc(p.trusted, func(prefix netip.Prefix) bool { return prefix.Contains(a) })
}

// warnUnreadable does not show the header: no header is logged.
func (p *Proxies) warnUnreadable(ctx context.Context, proxy netip.Addr) {
	p.unreadable.Do(func() {
		p.log.WarnContext(ctx, "the header "+forwardedFor+" of a proxy in TRUSTED_PROXIES cannot be read: "+
			"all who come through it count as one address. Let it send addresses, as 203.0.113.9", slog.String("proxy", shown(proxy)))
	})
}
