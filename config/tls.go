package config

import (
	"crypto/tls"
	"fmt"
	"net/mail"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
)

const (
	hstsSubdomains = "max-age=31536000; includeSubDomains" // a year, OWASP ASVS 3.4.1
	hstsHost       = "max-age=31536000"
	acmeFolder     = "acme" // in DATA_DIR
)

// tls reads the TLS_ and ACME_ variables.
func (r *reader) tls(dir, dataDir string) TLS {
	var t TLS
	if t.CertFile = r.get("TLS_CERT_FILE"); t.CertFile != "" {
		t.CertFile = r.path("TLS_CERT_FILE", dir, t.CertFile)
	}
	if t.KeyFile = r.get("TLS_KEY_FILE"); t.KeyFile != "" {
		t.KeyFile = r.path("TLS_KEY_FILE", dir, t.KeyFile)
	}
	r.checkPair(t)
	t.ACMEDomains = r.acmeDomains()
	t.ACMEDirectory = r.acmeDirectory()
	t.ACMEEmail = r.acmeEmail()
	if len(t.ACMEDomains) > 0 {
		t.ACMECache = filepath.Join(dataDir, acmeFolder)
		if t.CertFile != "" {
			r.fail("ACME_DOMAINS", "cannot go with TLS_CERT_FILE: a certificate comes from files or from an authority", "one of the two")
		}
	} else if t.ACMEDirectory != "" || t.ACMEEmail != "" {
		r.fail("ACME_DOMAINS", "is empty, so ACME_DIRECTORY and ACME_EMAIL have no effect", "auth.example.com")
	}
	return t
}

// checkPair loads the certificate once, so that a wrong one stops the start.
func (r *reader) checkPair(t TLS) {
	switch {
	case t.CertFile == "" && t.KeyFile == "":
	case t.CertFile == "":
		r.fail("TLS_CERT_FILE", "is missing beside TLS_KEY_FILE", "/etc/ssl/auth.example.com/fullchain.pem")
	case t.KeyFile == "":
		r.fail("TLS_KEY_FILE", "is missing beside TLS_CERT_FILE", "/etc/ssl/auth.example.com/privkey.pem")
	default:
		if _, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile); err != nil {
			r.fail("TLS_CERT_FILE", "and TLS_KEY_FILE cannot be used: "+err.Error(), "two PEM files that belong together, the certificate with its chain")
		}
	}
}

// acmeDomains reads host names that the authority can connect to. It rejects
// addresses and wildcards.
func (r *reader) acmeDomains() []string {
	domains := r.list("ACME_DOMAINS")
	for i, domain := range domains {
		domains[i] = strings.ToLower(domain)
		_, err := netip.ParseAddr(domain)
		if err == nil || !strings.Contains(domain, ".") || !hostname.MatchString(domains[i]) {
			r.fail("ACME_DOMAINS", fmt.Sprintf("%.80q is not a public host name", domain), "auth.example.com,login.example.com, without wildcards")
		}
	}
	slices.Sort(domains)
	return slices.Compact(domains)
}

func (r *reader) acmeDirectory() string {
	value := r.get("ACME_DIRECTORY")
	if u, err := url.Parse(value); value != "" && (err != nil || u.Scheme != "https" || u.Host == "") {
		shown := fmt.Sprintf("%.80q", value)
		if strings.Contains(value, "@") { // may hold a password
			shown = "the value"
		}
		r.fail("ACME_DIRECTORY", shown+" is not an https URL", "https://acme-staging-v02.api.letsencrypt.org/directory")
	}
	return value
}

func (r *reader) acmeEmail() string {
	value := r.get("ACME_EMAIL")
	if address, err := mail.ParseAddress(value); value != "" && (err != nil || address.Address != value) {
		r.fail("ACME_EMAIL", fmt.Sprintf("%.80q is not an email address", value), "admin@example.com")
	}
	return value
}

// checkTransport rejects a production configuration without HTTPS, and a
// PUBLIC_URL that does not match the certificate.
func (r *reader) checkTransport(c Config) {
	if r.failed("TLS_CERT_FILE", "TLS_KEY_FILE", "ACME_DOMAINS", "TRUSTED_PROXIES") {
		return
	}
	if c.Production && !c.TLS.On() && len(c.TrustedProxies) == 0 {
		r.fail("TRUSTED_PROXIES", "is empty and this program does not speak https itself, so nobody could reach it over https",
			"127.0.0.1 (the address of the proxy that speaks https), or TLS_CERT_FILE with TLS_KEY_FILE, or ACME_DOMAINS")
	}
	u, err := url.Parse(c.PublicURL)
	if err != nil || r.failed("PUBLIC_URL") {
		return
	}
	if c.TLS.On() && u.Scheme != "https" {
		r.fail("PUBLIC_URL", "is http, but this program is to speak https", "https://"+u.Host)
	}
	if len(c.TLS.ACMEDomains) > 0 && !slices.Contains(c.TLS.ACMEDomains, u.Hostname()) {
		r.fail("ACME_DOMAINS", "does not name the host of PUBLIC_URL", u.Hostname())
	}
}

// strictTransport returns "" for plain HTTP and for localhost: browsers would use
// HTTPS for every other server on localhost too.
func (r *reader) strictTransport(publicURL string) string {
	value := map[string]string{"subdomains": hstsSubdomains, "host": hstsHost}[r.choice("HSTS", "subdomains", "host")]
	u, err := url.Parse(publicURL)
	if err != nil || u.Scheme != "https" || u.Hostname() == "localhost" {
		return ""
	}
	return value
}
