// Package config turns the environment into one checked Config value. It is
// the only reader of the environment in the program and imports nothing else
// of it.
package config

import (
	"log/slog"
	"net/http"
	"time"
)

// Config is everything the program can be told, checked and complete: no
// field needs a default or a second look after [Load] returned it.
type Config struct {
	Production bool   // APP_ENV=production
	Host       string // listen address
	Port       int    // listen port; 0 asks the system for a free one
	PublicURL  string // how browsers reach this server, without a trailing slash
	TLS        TLS
	HSTS       string // Strict-Transport-Security of answers over HTTPS; empty: none
	DataDir    string // database file and generated secrets
	Database   Database
	Migrate    bool // apply pending migrations at start

	AccessToken  Token
	RefreshToken Token
	Sessions     Sessions
	Cookies      Cookies

	CORSOrigins    []string // exact origins, never "*"
	TrustedProxies []string // addresses or CIDRs whose X-Forwarded-For counts

	Limits Limits

	PasswordMinLength int // characters after NFC
	Docs              bool
	Demo              bool

	LogLevel slog.Level
	LogJSON  bool // else text; LOG_FORMAT unset: text on a terminal, else JSON

	Notices []Notice // what the operator should read at start
}

// Notice is one line without secrets.
type Notice struct {
	Level slog.Level
	Text  string
}

// TLS says how this program itself speaks HTTPS: with a certificate from files
// or with one from a certificate authority. All empty: it speaks plain HTTP.
type TLS struct {
	CertFile, KeyFile string   // PEM, read again when they change
	ACMEDomains       []string // host names to get certificates for
	ACMEDirectory     string   // the authority's directory URL; empty: Let's Encrypt
	ACMEEmail         string   // where the authority writes to; empty: nowhere
	ACMECache         string   // folder of account key and certificates
}

// On reports whether the program speaks HTTPS itself.
func (t TLS) On() bool { return t.CertFile != "" || len(t.ACMEDomains) > 0 }

// Database names the engine and where it is.
type Database struct {
	Driver string // "sqlite" or "postgres"
	DSN    string // a file path for sqlite, the whole URL for postgres
}

// Token holds what signs and limits one of the two tokens.
type Token struct {
	Secrets []string // the first signs, all verify; each at least 32 bytes
	Expiry  time.Duration
}

// Sessions limits how long and how many.
type Sessions struct {
	MaxAge       time.Duration // absolute end, counted from sign-in
	Max          int           // signed-in devices of one user; the least recently used is evicted
	RefreshGrace time.Duration // how long a rotated refresh token is answered again; 0 is strict
	CacheTTL     time.Duration // how long a user may be remembered; 0 reads the row each time
}

// Cookies holds the attributes of both cookies.
type Cookies struct {
	Secure          bool
	Prefix          bool // __Host-accessToken and __Secure-refreshToken
	AccessSameSite  http.SameSite
	RefreshSameSite http.SameSite
	Domain          string // empty: host-only
}
