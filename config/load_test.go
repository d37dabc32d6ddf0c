package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const (
	keyA = "1f0c9a7be2d84365f1a0b7c8d9e2f3046a5b8c7d0e1f2a3b4c5d6e7f8091a2b3"
	keyB = "8e7d6c5b4a39281706f5e4d3c2b1a0998877aabbcc11ddee22ff3344550066f1"
	keyC = "c3VwZXJsb25nK2FuZC9yYW5kb20rYnl0ZXM3NDIxOTg"
)

var (
	keys       = []string{"ACCESS_TOKEN_SECRET=" + keyA, "REFRESH_TOKEN_SECRET=" + keyB}
	production = append([]string{"APP_ENV=production", "PUBLIC_URL=https://auth.example.com", "TRUSTED_PROXIES=127.0.0.1",
		"SMTP_URL=smtp://localhost", "MAIL_FROM=no-reply@example.com"}, keys...)
)

func with(base []string, more ...string) []string {
	return append(append([]string{}, base...), more...)
}

func problemsOf(t *testing.T, environ []string, dir string) Problems {
	t.Helper()
	_, err := Load(environ, dir, false)
	var problems Problems
	if err != nil && !errors.As(err, &problems) {
		t.Fatalf("error is %T, want Problems", err)
	}
	return problems
}

func writeDotenv(t *testing.T, text string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, ".env"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestLoad_TakesEachValue(t *testing.T) {
	abs := filepath.Join(t.TempDir(), "x.db")
	tests := []struct {
		set  string
		want func(Config) bool
	}{
		{"PORT=0", func(c Config) bool { return c.Port == 0 && c.PublicURL == "http://localhost:0" }},
		{"PORT=", func(c Config) bool { return c.Port == 8080 }}, // empty is unset
		{"HOST=::1", func(c Config) bool { return c.Host == "::1" }},
		{"PUBLIC_URL=https://Auth.example.com:443/", func(c Config) bool { return c.PublicURL == "https://auth.example.com" }},
		{"MIGRATE=off", func(c Config) bool { return !c.Migrate }},
		{"DATABASE_URL=sqlite://" + abs, func(c Config) bool { return c.Database == Database{"sqlite", abs, 0, true} }},
		{"DATABASE_URL=postgresql://u:p@h/d", func(c Config) bool { return c.Database == Database{"postgres", "postgresql://u:p@h/d", 0, true} }},
		{"ACCESS_TOKEN_SECRET=" + keyA + ", " + keyC, func(c Config) bool { return cmp.Equal(c.AccessToken.Secrets, []string{keyA, keyC}) }},
		{"REFRESH_TOKEN_EXPIRY=30d", func(c Config) bool { return c.RefreshToken.Expiry == c.Sessions.MaxAge }},
		{"DRAIN_DELAY=", func(c Config) bool { return c.DrainDelay == 0 }},
		{"DRAIN_DELAY=\x00" + strings.Join(production, "\x00"), func(c Config) bool { return c.DrainDelay == 5*time.Second }},
		{"DRAIN_DELAY=0\x00" + strings.Join(production, "\x00"), func(c Config) bool { return c.DrainDelay == 0 }},
		{"DRAIN_DELAY=5m", func(c Config) bool { return c.DrainDelay == 5*time.Minute }},
		{"REFRESH_GRACE=0", func(c Config) bool { return c.Sessions.RefreshGrace == 0 }},
		{"REFRESH_GRACE=1m", func(c Config) bool { return c.Sessions.RefreshGrace == time.Minute }},
		{"MAX_SESSIONS=1", func(c Config) bool { return c.Sessions.Max == 1 }},
		{"COOKIE_PREFIX=YES", func(c Config) bool { return c.Cookies.Prefix }},
		{"PUBLIC_URL=https://auth.example.com\x00COOKIE_DOMAIN=.Example.com", func(c Config) bool { return c.Cookies.Domain == "example.com" }},
		{"COOKIE_SAMESITE=none", func(c Config) bool {
			return c.Cookies.AccessSameSite == http.SameSiteNoneMode && c.Cookies.RefreshSameSite == http.SameSiteNoneMode
		}},
		{"CORS_ORIGIN=none", func(c Config) bool { return len(c.CORSOrigins) == 0 && !c.CORSLocal }},
		{"CORS_ORIGIN=", func(c Config) bool { return len(c.CORSOrigins) == 0 && c.CORSLocal }},
		{"CORS_ORIGIN=https://A.example:443,http://[::1]:80", func(c Config) bool {
			return cmp.Equal(c.CORSOrigins, []string{"https://a.example", "http://[::1]"}) // as browsers send them
		}},
		{"CORS_ORIGIN=tauri://localhost,capacitor://localhost,chrome-extension://abcdefghijklmnopabcdefghijklmnop,http://tauri.localhost", func(c Config) bool {
			return cmp.Equal(c.CORSOrigins, []string{"tauri://localhost", "capacitor://localhost", "chrome-extension://abcdefghijklmnopabcdefghijklmnop", "http://tauri.localhost"})
		}},
		{"TRUSTED_PROXIES=10.0.0.7, fd00::/8", func(c Config) bool { return fmt.Sprint(c.TrustedProxies) == "[10.0.0.7/32 fd00::/8]" }},
		{"TRUSTED_PROXIES=::ffff:10.0.0.0/104, ::ffff:192.0.2.7", func(c Config) bool { return fmt.Sprint(c.TrustedProxies) == "[10.0.0.0/8 192.0.2.7/32]" }},
		{"RATE_LIMITS=off", func(c Config) bool { return c.Limits.Off }},
		{"LIMIT_LOGIN_GLOBAL=7/second, 1000000/day", func(c Config) bool {
			return cmp.Equal(c.Limits.Rates[LoginGlobal], []Rate{{7, time.Second}, {1_000_000, day}})
		}},
		{"REDIS_URL=rediss://:secret@r:6380/1", func(c Config) bool { return c.RedisURL == "rediss://:secret@r:6380/1" }},
		{"PASSWORD_MIN_LENGTH=128", func(c Config) bool { return c.PasswordMinLength == 128 }},
		{"DEMO=0", func(c Config) bool { return !c.Demo }},
		{"DOCS=off", func(c Config) bool { return !c.Docs }},
		{"LOG_LEVEL=WARN", func(c Config) bool { return c.LogLevel == slog.LevelWarn }},
		{"LOG_FORMAT=text", func(c Config) bool { return c.LogFormat == "text" }},
		{"LOG_FORMAT=JSON", func(c Config) bool { return c.LogFormat == "json" }},
		{"LOG_FORMAT=", func(c Config) bool { return c.LogFormat == "pretty" && !c.LogColor }}, // no terminal
	}
	for _, tt := range tests {
		t.Run(tt.set, func(t *testing.T) {
			c, err := Load(with(keys, strings.Split(tt.set, "\x00")...), t.TempDir(), false)
			if err != nil {
				t.Fatal(err)
			}
			if !tt.want(c) {
				t.Errorf("%+v", c)
			}
		})
	}
}

func TestLoad_RefusesAndNamesTheVariable(t *testing.T) {
	tests := []struct{ set, variable string }{
		{"APP_ENV=prod", "APP_ENV"}, // must not fall back to development
		{"HOST=localhost:8080", "HOST"},
		{"HOST=x86_64-conda-linux-gnu", "HOST"},
		{"PORT=65536", "PORT"},
		{"PORT=-1", "PORT"},
		{"PORT=http", "PORT"},
		{"PUBLIC_URL=https://example.com/auth", "PUBLIC_URL"}, // the refresh cookie's path would miss it
		{"PUBLIC_URL=auth.example.com", "PUBLIC_URL"},
		{"DATABASE_URL=mysql://root:hunter2@db/x", "DATABASE_URL"},
		{"DATABASE_URL=postgres://u:hunter2%@db/x", "DATABASE_URL"},
		{"DATABASE_URL=postgres:///", "DATABASE_URL"},
		{"DATABASE_URL=sqlite://", "DATABASE_URL"},
		{"DATABASE_URL=sqlite://:memory:", "DATABASE_URL"},
		{"DATABASE_URL=sqlite://a.db?_pragma=synchronous(0)", "DATABASE_URL"},
		{"MIGRATE=yes", "MIGRATE"},
		{"ACCESS_TOKEN_EXPIRY=15", "ACCESS_TOKEN_EXPIRY"},
		{"ACCESS_TOKEN_EXPIRY=0s", "ACCESS_TOKEN_EXPIRY"},
		{"ACCESS_TOKEN_EXPIRY=1500ms", "ACCESS_TOKEN_EXPIRY"},
		{"ACCESS_TOKEN_EXPIRY=7d", "ACCESS_TOKEN_EXPIRY"}, // not shorter than the refresh token's
		{"REFRESH_TOKEN_EXPIRY=31d", "REFRESH_TOKEN_EXPIRY"},
		{"SESSION_MAX_AGE=-1d", "SESSION_MAX_AGE"},
		{"MAX_SESSIONS=0", "MAX_SESSIONS"},
		{"MAX_SESSIONS=101", "MAX_SESSIONS"},
		{"DRAIN_DELAY=301s", "DRAIN_DELAY"},
		{"DRAIN_DELAY=-1s", "DRAIN_DELAY"},
		{"DRAIN_DELAY=5", "DRAIN_DELAY"},
		{"REFRESH_GRACE=61s", "REFRESH_GRACE"},
		{"REFRESH_GRACE=-1s", "REFRESH_GRACE"},
		{"COOKIE_SECURE=maybe", "COOKIE_SECURE"},
		{"COOKIE_SAMESITE=default", "COOKIE_SAMESITE"},
		{"COOKIE_DOMAIN=localhost", "COOKIE_DOMAIN"},
		{"COOKIE_DOMAIN=10.0.0.1", "COOKIE_DOMAIN"},
		{"COOKIE_DOMAIN=https://example.com", "COOKIE_DOMAIN"},
		{"COOKIE_DOMAIN=example.com", "COOKIE_DOMAIN"}, // PUBLIC_URL is localhost
		{"PUBLIC_URL=https://auth.example.com\x00COOKIE_DOMAIN=example.org", "COOKIE_DOMAIN"},
		{"PUBLIC_URL=https://badexample.com\x00COOKIE_DOMAIN=example.com", "COOKIE_DOMAIN"},
		{"PUBLIC_URL=https://example.com\x00COOKIE_DOMAIN=auth.example.com", "COOKIE_DOMAIN"},
		{"PUBLIC_URL=https://shop.co.uk\x00COOKIE_DOMAIN=co.uk", "COOKIE_DOMAIN"},
		{"PUBLIC_URL=https://ada.github.io\x00COOKIE_DOMAIN=github.io", "COOKIE_DOMAIN"},
		{"CORS_ORIGIN=*", "CORS_ORIGIN"},
		{"CORS_ORIGIN=https://*.example.com", "CORS_ORIGIN"},
		{"CORS_ORIGIN=null", "CORS_ORIGIN"},
		{"CORS_ORIGIN=https://example.com/", "CORS_ORIGIN"},
		{"CORS_ORIGIN=https://example.com?", "CORS_ORIGIN"},
		{"CORS_ORIGIN=https://example.com:", "CORS_ORIGIN"},
		{"CORS_ORIGIN=https://example.com:0", "CORS_ORIGIN"},
		{"CORS_ORIGIN=https://u:hunter2@example.com", "CORS_ORIGIN"},
		{"CORS_ORIGIN=ftp://example.com", "CORS_ORIGIN"},
		{"CORS_ORIGIN=file://", "CORS_ORIGIN"},
		{"CORS_ORIGIN=htps://app.example.com", "CORS_ORIGIN"},
		{"CORS_ORIGIN=tauri://", "CORS_ORIGIN"},
		{"CORS_ORIGIN=tauri://localhost/", "CORS_ORIGIN"},
		{"CORS_ORIGIN=chrome-extension://*", "CORS_ORIGIN"},
		{"CORS_ORIGIN=tauri://u:hunter2@localhost", "CORS_ORIGIN"},
		{"CORS_ORIGIN=https://bücher.example", "CORS_ORIGIN"}, // browsers send xn--bcher-kva
		{"CORS_ORIGIN=https://a.example,,https://b.example", "CORS_ORIGIN"},
		{"TRUSTED_PROXIES=proxy.local", "TRUSTED_PROXIES"},
		{"TRUSTED_PROXIES=10.0.0.0/33", "TRUSTED_PROXIES"},
		{"TRUSTED_PROXIES=::ffff:10.0.0.0/90", "TRUSTED_PROXIES"},
		{"TRUSTED_PROXIES=fe80::1%eth0", "TRUSTED_PROXIES"},
		{"RATE_LIMITS=none", "RATE_LIMITS"},
		{"LIMIT_LOGIN_GLOBAL=20", "LIMIT_LOGIN_GLOBAL"},
		{"LIMIT_LOGIN_GLOBAL=20/min", "LIMIT_LOGIN_GLOBAL"},
		{"LIMIT_LOGIN_GLOBAL=0/minute", "LIMIT_LOGIN_GLOBAL"},
		{"LIMIT_LOGIN_GLOBAL=-1/minute", "LIMIT_LOGIN_GLOBAL"},
		{"LIMIT_LOGIN_GLOBAL=1000001/second", "LIMIT_LOGIN_GLOBAL"},
		{"LIMIT_LOGIN_GLOBAL=20/minute,", "LIMIT_LOGIN_GLOBAL"},
		{"LIMIT_LOGIN_GLOBAL=20/minute,200/hour,30/minute", "LIMIT_LOGIN_GLOBAL"},
		{"LIMIT_LOGIN_GLOBAL=off", "LIMIT_LOGIN_GLOBAL"}, // a wrong limit is not replaced by the default
		{"REDIS_URL=localhost:6379", "REDIS_URL"},
		{"REDIS_URL=redis://", "REDIS_URL"},
		{"REDIS_URL=http://:hunter2@redis", "REDIS_URL"},
		{"REDIS_URL=redis://:hunter2%@redis", "REDIS_URL"},
		{"PASSWORD_MIN_LENGTH=7", "PASSWORD_MIN_LENGTH"},
		{"PASSWORD_MIN_LENGTH=129", "PASSWORD_MIN_LENGTH"},
		{"DOCS=ja", "DOCS"},
		{"LOG_LEVEL=trace", "LOG_LEVEL"},
		{"LOG_FORMAT=xml", "LOG_FORMAT"},
		{"COOKIE_DOMAIN=example.com\x00COOKIE_PREFIX=true", "COOKIE_DOMAIN"},
		{"COOKIE_SECURE=false\x00COOKIE_SAMESITE=none", "COOKIE_SAMESITE"},
		{"COOKIE_SECURE=false\x00COOKIE_PREFIX=true", "COOKIE_PREFIX"},
	}
	for _, tt := range tests {
		t.Run(tt.set, func(t *testing.T) {
			problems := problemsOf(t, with(keys, strings.Split(tt.set, "\x00")...), t.TempDir())
			if len(problems) != 1 || problems[0].Variable != tt.variable {
				t.Fatalf("got %v, want one problem of %s", problems, tt.variable)
			}
			if problems[0].Wrong == "" || problems[0].Good == "" || strings.Contains(problems.Error(), "hunter2") {
				t.Errorf("%v", problems)
			}
		})
	}
}

func TestLoad_ProductionRefusesWhatDevelopmentAllows(t *testing.T) {
	tests := []struct{ set, variable string }{
		{"COOKIE_SECURE=false", "COOKIE_SECURE"},
		{"PUBLIC_URL=http://auth.example.com", "PUBLIC_URL"},
		{"PUBLIC_URL=", "PUBLIC_URL"},
		{"CORS_ORIGIN=http://app.example.com", "CORS_ORIGIN"},
		{"TRUSTED_PROXIES=", "TRUSTED_PROXIES"}, // nobody could reach it over https
		{"TRUSTED_PROXIES=10.0.0.7,0.0.0.0/0", "TRUSTED_PROXIES"},
		{"TRUSTED_PROXIES=::/0", "TRUSTED_PROXIES"},
		{"TRUSTED_PROXIES=::ffff:0.0.0.0/96", "TRUSTED_PROXIES"},
		{"RATE_LIMITS=off", "RATE_LIMITS"},
		{"ACCESS_TOKEN_SECRET=", "ACCESS_TOKEN_SECRET"},
		{"REFRESH_TOKEN_SECRET=", "REFRESH_TOKEN_SECRET"},
	}
	for _, tt := range tests {
		t.Run(tt.set, func(t *testing.T) {
			dir := t.TempDir()
			problems := problemsOf(t, with(production, tt.set), dir)
			if len(problems) != 1 || problems[0].Variable != tt.variable {
				t.Errorf("got %v, want one problem of %s", problems, tt.variable)
			}
			if _, err := os.Stat(filepath.Join(dir, "data")); err == nil {
				t.Error("production wrote a data folder")
			}
			if problems := problemsOf(t, with(keys, tt.set), dir); len(problems) > 0 {
				t.Errorf("development refused it too: %v", problems)
			}
		})
	}
}

func TestLoad_ReportsEverythingAtOnce(t *testing.T) {
	_, err := Load([]string{"APP_ENV=production", "PORT=x", "LOG_LEVEL=x", "ACCESS_TOKEN_SECRET=short"}, "", false)
	var names []string
	for _, p := range err.(Problems) {
		names = append(names, p.Variable)
	}
	want := []string{"PORT", "PUBLIC_URL", "TRUSTED_PROXIES", "LOG_LEVEL", "ACCESS_TOKEN_SECRET", "REFRESH_TOKEN_SECRET"}
	if diff := cmp.Diff(want, names, cmpopts.SortSlices(strings.Compare)); diff != "" {
		t.Error(diff)
	}
	if lines := strings.Count(err.Error(), "\n"); lines != len(want) {
		t.Errorf("%d lines for %d problems:\n%v", lines, len(want), err)
	}
}

func TestLoad_InsecureCookiesAreAWarning(t *testing.T) {
	c, err := Load(with(keys, "COOKIE_SECURE=off"), "", false)
	if err != nil || len(c.Notices) != 1 || !strings.Contains(c.Notices[0].Text, "COOKIE_SECURE=false") {
		t.Errorf("%v, %v", c.Notices, err)
	}
}

func TestLoad_NoLimitsAreAWarning(t *testing.T) {
	c, err := Load(with(keys, "RATE_LIMITS=off"), "", false)
	if err != nil || len(c.Notices) != 1 || !strings.Contains(c.Notices[0].Text, "RATE_LIMITS=off") {
		t.Errorf("%v, %v", c.Notices, err)
	}
}

func TestLoad_WildcardOriginIsExplained(t *testing.T) {
	problems := problemsOf(t, with(keys, "CORS_ORIGIN=*"), "")
	if text := problems.Error(); !strings.Contains(text, "wildcard") {
		t.Error(text)
	}
}
