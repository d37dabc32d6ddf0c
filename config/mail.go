package config

import (
	netmail "net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// Mail says how mail is sent and what needs it.
type Mail struct {
	Server          SMTP
	From            string // an address, or Name <address> (RFC 5322 §3.4)
	ReplyTo         string // the same; empty: answers go to From
	Bounce          string // the address for reports of failure (RFC 5321 §3.6.3)
	Templates       string // folder with files in place of the embedded ones; empty: none
	RequireVerified bool   // nobody signs in before the address is confirmed
	Notices         bool   // users are told of what happens to their account
}

// Possible reports whether users can get mail: from a server, or in development
// in a folder.
func (m Mail) Possible(production bool) bool { return m.Server.Host != "" || !production }

// SMTP is the server that takes mail to be sent. An empty Host is none.
type SMTP struct {
	Host           string
	Port           int
	Security       Security
	User, Password string // both or neither
}

var appPath = regexp.MustCompile(`^[\w.~-]+(/[\w.~-]+)*$`)

// Security is how a conversation with a mail server is encrypted.
type Security string

// What a conversation is encrypted with.
const (
	SecurityTLS      Security = "tls"      // from its first byte (RFC 8314 §3.3)
	SecurityStartTLS Security = "starttls" // before anything is said of the mail (RFC 3207); else nothing is sent
	SecurityNone     Security = "none"     // the server is on this machine
)

const (
	goodMailServer = "smtp://user:password@mail.example.com:587, or smtps:// for TLS from the first byte" // #nosec G101 -- an example, no secret
	goodSender     = "Example <no-reply@example.com>"
)

// mail reads the variables of mail. dir is where relative paths start.
func (r *reader) mail(dir string, production bool) Mail {
	m := Mail{
		Server:          r.mailServer(),
		From:            r.sender("MAIL_FROM", true),
		ReplyTo:         r.sender("MAIL_REPLY_TO", true),
		Bounce:          r.sender("MAIL_BOUNCE", false),
		RequireVerified: r.flag("REQUIRE_VERIFIED_EMAIL", false),
		Notices:         r.flag("SECURITY_NOTICES", true),
	}
	if folder := r.get("MAIL_TEMPLATES"); folder != "" {
		m.Templates = r.path("MAIL_TEMPLATES", dir, folder)
	}
	if m.From == "" && r.get("SMTP_URL") != "" && !r.failed("MAIL_FROM") {
		r.fail("MAIL_FROM", "is required with SMTP_URL: it is who the mail is from", goodSender+", of a domain for which the server may send")
	}
	if m.From == "" {
		m.From = "no-reply@localhost"
	}
	if production && r.get("SMTP_URL") == "" {
		m.Notices = false
		r.withoutMail(m)
	}
	return m
}

// withoutMail rejects what needs mail in production where none can be sent.
func (r *reader) withoutMail(m Mail) {
	if m.RequireVerified {
		r.fail("REQUIRE_VERIFIED_EMAIL", "needs SMTP_URL: nobody could sign in", "false, or a mail server in SMTP_URL")
	}
	if r.get("SECURITY_NOTICES") != "" && r.flag("SECURITY_NOTICES", true) {
		r.fail("SECURITY_NOTICES", "needs SMTP_URL: no notice could be sent", "off, or a mail server in SMTP_URL")
	}
	r.warn("SMTP_URL is not set: nobody can confirm an address or recover a forgotten password")
}

// mailServer reads SMTP_URL. No problem shows the value: it may hold a password.
func (r *reader) mailServer() SMTP {
	value := r.get("SMTP_URL")
	if value == "" {
		return SMTP{}
	}
	scheme, rest, _ := strings.Cut(value, "://")
	scheme = strings.ToLower(scheme)
	if wrong := misread(rest); wrong != "" {
		r.fail("SMTP_URL", wrong, goodMailServer+"; "+goodCharacters)
		return SMTP{}
	}
	u, err := url.Parse(value)
	if err != nil || scheme != "smtp" && scheme != "smtps" || !validServer(u.Host) || socketFolder.MatchString(u.Host) {
		r.fail("SMTP_URL", "is not smtp:// or smtps:// with a host", goodMailServer)
		return SMTP{}
	}
	password, _ := u.User.Password()
	switch {
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "":
		r.fail("SMTP_URL", "has more than user, password, host and port", goodMailServer)
	case (u.User.Username() == "") != (password == ""):
		r.fail("SMTP_URL", "has a user without a password, or the other way round", goodMailServer)
	}
	s := SMTP{Host: u.Hostname(), User: u.User.Username(), Password: password}
	s.Security, s.Port = transport(scheme, s.Host)
	if u.Port() != "" {
		s.Port, _ = strconv.Atoi(u.Port()) // checked by validServer
	}
	return s
}

// transport returns how a server is spoken to, and its usual port (RFC 8314
// §3.3, RFC 6409 §3.1). What is said to a local host leaves no machine, and few
// local servers have a certificate.
func transport(scheme, host string) (Security, int) {
	addr, err := netip.ParseAddr(host)
	switch {
	case scheme == "smtps":
		return SecurityTLS, 465
	case strings.EqualFold(host, "localhost") || err == nil && addr.IsLoopback():
		return SecurityNone, 25
	}
	return SecurityStartTLS, 587
}

// sender reads an address of ours, with a name before it where named is true.
// Letters outside ASCII before the @ need SMTPUTF8, which few servers have
// (docs/decisions/0016-names.md).
func (r *reader) sender(name string, named bool) string {
	value := r.get(name)
	if value == "" {
		return ""
	}
	good := map[bool]string{true: goodSender, false: "bounces@example.com"}[named]
	address, err := netmail.ParseAddress(value)
	if err != nil {
		r.fail(name, "is not an email address", good)
		return ""
	}
	local, domain, _ := strings.Cut(address.Address, "@")
	switch {
	case !named && address.Name != "":
		r.fail(name, "has a name beside the address", good)
	case strings.ContainsFunc(local, func(c rune) bool { return c > 0x7e }):
		r.fail(name, "has a letter outside ASCII before the @", good)
	case !hostname.MatchString(strings.ToLower(domain)):
		r.fail(name, "has no valid domain (write an international name as xn--…)", good)
	}
	return value
}

// appURL reads APP_URL, under which the pages that links in mail open are.
func (r *reader) appURL(publicURL string, production bool) string {
	value := strings.TrimRight(r.get("APP_URL"), "/")
	if value == "" {
		return publicURL
	}
	const good = "https://app.example.com, with a path if the pages are under one"
	scheme, rest, _ := strings.Cut(value, "://")
	host, path, found := strings.Cut(rest, "/")
	origin, wrong := parseOrigin(scheme+"://"+host, production)
	switch {
	case wrong != "":
		r.fail("APP_URL", wrong, good)
	case !found:
		return origin
	case !appPath.MatchString(path):
		r.fail("APP_URL", "has a path with other characters than letters, digits and . _ ~ -", good)
	}
	return origin + "/" + path
}
