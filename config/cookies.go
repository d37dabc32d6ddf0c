package config

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// cookies reads the COOKIE_ variables. It rejects the combinations for which
// browsers ignore the cookies. Source: RFC 6265bis §4.1.3, §5.7.
func (r *reader) cookies(publicURL string, production bool) Cookies {
	c := Cookies{
		Secure:           r.flag("COOKIE_SECURE", true),
		Prefix:           r.flag("COOKIE_PREFIX", false),
		AccessSameSite:   http.SameSiteLaxMode,
		RefreshSameSite:  http.SameSiteStrictMode,
		Domain:           r.cookieDomain(),
		AccessForSession: r.choice("ACCESS_COOKIE_MAX_AGE", "token", "session") == "session",
	}
	if r.get("COOKIE_SAMESITE") != "" {
		c.AccessSameSite = r.sameSite()
		c.RefreshSameSite = c.AccessSameSite
	}
	if c.Prefix && c.Domain != "" {
		r.fail("COOKIE_DOMAIN", "cannot go with COOKIE_PREFIX=true: __Host- forbids a domain", "one of the two")
	}
	if c.Domain != "" && !r.failed("COOKIE_DOMAIN", "PUBLIC_URL") {
		r.checkCovers(c.Domain, publicURL)
	}
	if !c.Secure {
		r.insecureCookies(c, production)
	}
	return c
}

func (r *reader) sameSite() http.SameSite {
	modes := map[string]http.SameSite{
		"lax": http.SameSiteLaxMode, "strict": http.SameSiteStrictMode, "none": http.SameSiteNoneMode,
	}
	return modes[r.choice("COOKIE_SAMESITE", "lax", "strict", "none")]
}

func (r *reader) insecureCookies(c Cookies, production bool) {
	const good = "COOKIE_SECURE=true"
	if production {
		r.fail("COOKIE_SECURE", "cannot be false in production", "true")
	}
	if c.AccessSameSite == http.SameSiteNoneMode {
		r.fail("COOKIE_SAMESITE", "none needs Secure cookies", good)
	}
	if c.Prefix {
		r.fail("COOKIE_PREFIX", "needs Secure cookies", good)
	}
	r.warn("WARNING: COOKIE_SECURE=false: anyone on the network can read the tokens; use it on a test network only")
}

// checkCovers rejects a domain for which browsers ignore our cookies: one that
// does not contain our host, and a public suffix, under which anybody can
// register a name. Source: RFC 6265bis §5.7, publicsuffix.org.
func (r *reader) checkCovers(domain, publicURL string) {
	u, err := url.Parse(publicURL)
	if err != nil {
		return // cannot happen: PUBLIC_URL was parsed before
	}
	host := u.Hostname()
	if suffix, _ := publicsuffix.PublicSuffix(domain); suffix == domain {
		r.fail("COOKIE_DOMAIN", fmt.Sprintf("%.80q is a public suffix: sites of others have names under it too", domain), "your own domain, as example.com")
	} else if host != domain && !strings.HasSuffix(host, "."+domain) {
		r.fail("COOKIE_DOMAIN", fmt.Sprintf("%.80q does not cover the host of PUBLIC_URL, %.80q: browsers drop such cookies", domain, host), "example.com with PUBLIC_URL=https://auth.example.com")
	}
}

// cookieDomain rejects an address and a name without a dot: browsers ignore
// cookies for them.
func (r *reader) cookieDomain() string {
	domain := strings.ToLower(strings.TrimPrefix(r.get("COOKIE_DOMAIN"), "."))
	if domain == "" {
		return ""
	}
	_, err := netip.ParseAddr(domain)
	if err == nil || !strings.Contains(domain, ".") || !hostname.MatchString(domain) {
		r.fail("COOKIE_DOMAIN", "is not a domain name", "example.com, without scheme or port")
	}
	return domain
}
