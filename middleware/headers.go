package middleware

import "net/http"

// always are the headers of every answer (OWASP ASVS 3.4.3 to 3.4.8, 14.3.2).
// The policy forbids a browser to do anything with an answer of the API; the
// pages set their own. The slices are shared by all answers: their capacity is
// their length, so that adding a value copies.
var always = map[string][]string{
	"Cache-Control":                {"no-store"},
	"Content-Security-Policy":      {"default-src 'none'; base-uri 'none'; frame-ancestors 'none'"},
	"Cross-Origin-Opener-Policy":   {"same-origin"},
	"Cross-Origin-Resource-Policy": {"same-origin"}, // requests with CORS are not affected: CORS_ORIGIN decides there
	"Referrer-Policy":              {"no-referrer"},
	"X-Content-Type-Options":       {"nosniff"},
}

// SecureHeaders sets the headers that every answer carries: errors, preflights
// and panics too, for which it stands outside of everything else.
// strictTransport is the value of Strict-Transport-Security, sent only where the request
// came over HTTPS (RFC 6797 §7.2; OWASP ASVS 3.4.1), or "" for none.
func SecureHeaders(strictTransport string, proxies *Proxies, next http.Handler) http.Handler {
	strict := []string{strictTransport}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		for name, value := range always {
			h[name] = value
		}
		if strictTransport != "" && proxies.Secure(r) {
			h["Strict-Transport-Security"] = strict
		}
		next.ServeHTTP(w, r)
	})
}
