// Package config reads the environment and the file .env into one checked
// [Config]. No other package reads the environment. Most callers need [Load].
// It imports no other package of the program.
package config

import (
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"time"
)

// Config holds every setting of the program. After [Load] each value is checked
// and no default is missing.
type Config struct {
	Production bool          // APP_ENV=production
	Host       string        // listen address
	Port       int           // listen port; 0 asks the system for a free one
	PublicURL  string        // how browsers reach this server, without a trailing slash
	DrainDelay time.Duration // how long it still answers when it is told to stop
	TLS        TLS
	HSTS       string // value of Strict-Transport-Security over HTTPS; empty: not sent
	DataDir    string // database file, generated secrets, pictures
	AppURL     string // the pages that links in mail open, without a trailing slash
	Database   Database
	RedisURL   string // of what instances share; empty: this one is alone
	Migrate    bool   // apply pending migrations at start
	Media      Media

	AccessToken  Token
	RefreshToken Token
	Sessions     Sessions
	Cookies      Cookies

	CORSOrigins    []string       // exact origins, never "*"
	CORSLocal      bool           // every port of localhost, 127.0.0.1 and [::1] too
	TrustedProxies []netip.Prefix // whose X-Forwarded-For is used; IPv4 is never written as IPv6

	Limits Limits
	Mail   Mail

	ActivityRetention time.Duration // of users' own security events

	PasswordMinLength int    // characters after NFC
	BreachListURL     string // of the list that new passwords are compared with, without a trailing slash; empty: none
	Docs              bool
	Demo              bool
	Ops               Ops

	LogLevel  slog.Level
	LogFormat string // "pretty", "text" or "json"
	LogColor  bool   // of pretty: on a terminal, unless NO_COLOR is set (https://no-color.org)

	Notices []Notice // to log at start
}

// LogValue implements slog.LogValuer. It lists the fields that are logged, so a
// new secret is not logged by accident.
func (c Config) LogValue() slog.Value {
	return slog.GroupValue(
		slog.Bool("production", c.Production),
		slog.String("publicURL", c.PublicURL),
		slog.Bool("tls", c.TLS.On()),
		slog.Any("trustedProxies", c.TrustedProxies),
		slog.Any("corsOrigins", c.CORSOrigins),
		slog.Bool("corsLocal", c.CORSLocal),
		slog.String("database", c.Database.Driver),
		slog.Bool("redis", c.RedisURL != ""),
		slog.Bool("mediaInBucket", c.Media.S3.Bucket != ""),
		slog.Bool("rateLimits", !c.Limits.Off),
		slog.Int("accessTokenSecrets", len(c.AccessToken.Secrets)),
		slog.Int("refreshTokenSecrets", len(c.RefreshToken.Secrets)),
		slog.String("refreshGrace", showDuration(c.Sessions.RefreshGrace)),
		slog.Bool("cookieSecure", c.Cookies.Secure),
		slog.String("cookieDomain", c.Cookies.Domain),
		slog.Bool("breachList", c.BreachListURL != ""),
		slog.Bool("mail", c.Mail.Server.Host != ""),
		slog.Bool("requireVerifiedEmail", c.Mail.RequireVerified),
		slog.String("ops", c.Ops.Addr),
		slog.Bool("docs", c.Docs),
		slog.Bool("demo", c.Demo),
	)
}

// Notice is one line for the operator. It holds no secret.
type Notice struct {
	Level slog.Level
	Text  string
}

// TLS configures HTTPS: a certificate from files, or one from a certificate
// authority. With every field empty the program speaks plain HTTP.
type TLS struct {
	CertFile, KeyFile string   // PEM; loaded again when they change
	ACMEDomains       []string // host names to get certificates for
	ACMEDirectory     string   // the authority's directory URL; empty: Let's Encrypt
	ACMEEmail         string   // for mail from the authority; empty: no mail
	ACMECache         string   // folder of the account key and the certificates
}

// On reports whether the program itself speaks HTTPS.
func (t TLS) On() bool { return t.CertFile != "" || len(t.ACMEDomains) > 0 }

// Database is the engine and its address.
type Database struct {
	Driver   string // "sqlite" or "postgres"
	DSN      string // a file path for sqlite, the whole URL for postgres
	MaxConns int    // connections to PostgreSQL; 0: from the processors
	Named    bool   // DATABASE_URL or DATA_DIR says where it is; else it is in the working folder
}

// Place is where the data is, for people: the file, or the server and the name of
// the database, and nothing else of its URL.
func (d Database) Place() string {
	if d.Driver == "sqlite" {
		return d.DSN
	}
	u, err := url.Parse(d.DSN)
	if err != nil || u.Host == "" {
		return "PostgreSQL"
	}
	return "PostgreSQL at " + u.Host + u.EscapedPath()
}

// Token holds the secrets and the lifetime of one of the two tokens.
type Token struct {
	Secrets []string // the first signs, all verify; each at least 32 bytes
	Expiry  time.Duration
}

// Sessions holds the lifetimes and the number of sessions.
type Sessions struct {
	MaxAge       time.Duration // from sign-in to the absolute end
	Max          int           // sessions of one user; one more evicts the least recently used
	RefreshGrace time.Duration // how long a rotated refresh token still gets an answer; 0: never
	CacheTTL     time.Duration // how long a user stays cached; 0: every request reads the row
}

// Cookies holds the attributes of both cookies.
type Cookies struct {
	Secure          bool
	Prefix          bool // __Host-accessToken and __Secure-refreshToken
	AccessSameSite  http.SameSite
	RefreshSameSite http.SameSite
	Domain          string // empty: host-only
	// AccessForSession keeps the access cookie as long as the refresh cookie.
	AccessForSession bool
}
