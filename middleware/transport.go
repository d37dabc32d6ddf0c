package middleware

import (
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"sallyport/internal/apperror"
)

const forwardedProto = "X-Forwarded-Proto"

// Secure reports whether the request came over HTTPS: on a TLS connection of our
// own, or as a trusted proxy says. Of X-Forwarded-Proto every value must say
// https: where a proxy appends to what the client sent, the client's own word is
// one of them. Fails closed.
func (p *Proxies) Secure(r *http.Request) bool {
	if r.TLS != nil {
		return true
	}
	values := r.Header[forwardedProto]
	if len(values) == 0 || !p.trusts(peer(r)) {
		return false
	}
	for scheme := range strings.SplitSeq(strings.Join(values, ","), ",") {
		if !strings.EqualFold(strings.TrimSpace(scheme), "https") {
			return false
		}
	}
	return true
}

// probes are asked by orchestrators, which speak plain HTTP to the address of
// the container. They take no credential and show nothing that is secret.
var probes = []string{"/healthz", "/readyz"}

// RequireHTTPS refuses a request that came over plain HTTP, and never redirects
// it: a client that sends its password in clear must fail, not work (OWASP
// ASVS 4.1.2).
func RequireHTTPS(proxies *Proxies) gin.HandlerFunc {
	return func(c *gin.Context) {
		if proxies.Secure(c.Request) || slices.Contains(probes, c.Request.URL.Path) {
			return
		}
		proxies.warnInsecure(c.Request)
		Refuse(c, &apperror.Error{
			Code: apperror.CodeHTTPSRequired,
			Message: "use https: what this request held could be read on its way " +
				"(a proxy that speaks https has to be trusted and to send X-Forwarded-Proto: https)",
		})
	}
}

// warnInsecure logs, once for each peer, what a proxy at that address would need.
func (p *Proxies) warnInsecure(r *http.Request) {
	address, hint := peer(r), "a request came over plain HTTP from an address that is not in TRUSTED_PROXIES: if it is your proxy, add it"
	if p.trusts(address) {
		if len(r.Header[forwardedProto]) > 0 {
			return // it says http, and is believed
		}
		hint = "a proxy in TRUSTED_PROXIES does not send " + forwardedProto + ": let it send https for what came over HTTPS"
	}
	if p.insecure.first(shown(address)) {
		p.log.WarnContext(r.Context(), hint, slog.String("proxy", shown(address)))
	}
}
