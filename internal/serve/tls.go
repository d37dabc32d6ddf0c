package serve

import (
	"crypto/tls"
	"log/slog"
	"sync"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// suites are the TLS 1.2 suites with authenticated encryption and forward secrecy.
// TLS 1.3 has no others. Source: RFC 9325 §4.2, OWASP ASVS 12.1.2.
var suites = []uint16{
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
}

// WithCertificate returns the TLS configuration with this certificate, for TLS
// 1.2 or later (OWASP ASVS 12.1.1).
func WithCertificate(c *Certificate) *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		CipherSuites:   suites,
		GetCertificate: c.Get,
	}
}

// ACME configures certificates from an authority.
type ACME struct {
	Domains   []string // the only names to request certificates for
	Directory string   // the authority's URL; empty: Let's Encrypt
	Email     string   // for mail from the authority; empty: no mail
	Cache     string   // folder of account key and certificates; several instances share one
}

// WithACME returns the TLS configuration with certificates from an authority.
// One is requested when it is first needed: see [RequestCertificates]. It is
// renewed 30 days before it ends. The authority's challenge is answered on the
// same port (TLS-ALPN-01, RFC 8737), so nothing listens on plain HTTP. WithACME
// accepts the authority's terms of service.
func WithACME(a ACME) *tls.Config {
	manager := &autocert.Manager{
		Prompt:     autocert.AcceptTOS,
		HostPolicy: autocert.HostWhitelist(a.Domains...),
		Cache:      autocert.DirCache(a.Cache),
		Email:      a.Email,
		Client:     &acme.Client{DirectoryURL: a.Directory}, // empty is Let's Encrypt there too
	}
	config := manager.TLSConfig()
	config.MinVersion = tls.VersionTLS12
	config.CipherSuites = suites
	config.NextProtos = []string{acme.ALPNProto} // net/http adds the protocols of New
	return config
}

// RequestCertificates gets a certificate for each of the names and returns when
// all are there or have failed, which takes minutes at most. Without it the first
// visitor's handshake waits for the authority, and [Limits.Header] may end it.
// Call it after the listener is open: the challenge is answered there. A failure
// is logged, and the next connection tries again.
func RequestCertificates(config *tls.Config, names []string, log *slog.Logger) {
	var requests sync.WaitGroup
	for _, name := range names {
		requests.Go(func() {
			hello := &tls.ClientHelloInfo{ServerName: name, CipherSuites: suites} // as a client that knows ECDSA
			if _, err := config.GetCertificate(hello); err != nil {
				log.Warn("no certificate from the authority yet", slog.String("domain", name), slog.Any("error", err))
			}
		})
	}
	requests.Wait()
}
