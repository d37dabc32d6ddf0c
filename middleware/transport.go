package middleware

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"sallyport/internal/apperror"

	"github.com/gin-gonic/gin"
)

// Transport knows which requests came over HTTPS: those of a TLS connection of
// our own, and those of which a trusted proxy says so.
type Transport struct{ proxies []netip.Prefix }

// NewTransport trusts these addresses and CIDRs.
func NewTransport(trusted []string) (Transport, error) {
	var t Transport
	for _, entry := range trusted {
		prefix, err := netip.ParsePrefix(entry)
		if err != nil {
			var address netip.Addr
			if address, err = netip.ParseAddr(entry); err != nil {
				return t, fmt.Errorf("TRUSTED_PROXIES: %w", err)
			}
			prefix = netip.PrefixFrom(address, address.BitLen())
		}
		t.proxies = append(t.proxies, prefix)
	}
	return t, nil
}

// Secure reports whether the request came over HTTPS. Of X-Forwarded-Proto every
// value must say https: where a proxy appends to what the client sent, the
// client's own word is one of them. Fails closed.
func (t Transport) Secure(r *http.Request) bool {
	if r.TLS != nil {
		return true
	}
	values := r.Header["X-Forwarded-Proto"]
	if len(values) == 0 || !t.trusts(r.RemoteAddr) {
		return false
	}
	for scheme := range strings.SplitSeq(strings.Join(values, ","), ",") {
		if !strings.EqualFold(strings.TrimSpace(scheme), "https") {
			return false
		}
	}
	return true
}

func (t Transport) trusts(remote string) bool {
	address, err := netip.ParseAddrPort(remote)
	return err == nil && slices.ContainsFunc(t.proxies, func(p netip.Prefix) bool {
		return p.Contains(address.Addr().Unmap())
	})
}

// probes are asked by orchestrators, which speak plain HTTP to the address of
// the container. They take no credential and show nothing that is secret.
var probes = []string{"/healthz", "/readyz"}

// RequireHTTPS refuses a request that came over plain HTTP, and never redirects
// it: a client that sends its password in clear must fail, not work (OWASP
// ASVS 4.1.2).
func RequireHTTPS(transport Transport) gin.HandlerFunc {
	return func(c *gin.Context) {
		if !transport.Secure(c.Request) && !slices.Contains(probes, c.Request.URL.Path) {
			Refuse(c, &apperror.Error{Code: apperror.CodeHTTPSRequired, Message: "use https: what this request held could be read on its way"})
		}
	}
}
