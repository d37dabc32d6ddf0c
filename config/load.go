package config

import (
	"net"
	"path/filepath"
	"strconv"
	"time"
)

const (
	day         = 24 * time.Hour
	second      = time.Second    // tokens and cookies count whole seconds
	longest     = 3650 * day     // a mistyped unit, not a wish, lies beyond ten years
	maxGrace    = 60 * second    // longer would let a stolen token be answered again at leisure
	maxCacheTTL = 300 * second   // how long another process's revocation may go unseen on one SQLite file
	database    = "sallyport.db" // in DATA_DIR
)

// Load reads environ (as os.Environ gives it) and the file .env in dir, and
// checks all of it. The environment wins over the file; relative paths start
// at dir, and "" is the working folder. terminal says whether standard output
// is one.
//
// The error, if any, is [Problems] and holds everything that is wrong at once.
// In development Load may write DATA_DIR/secrets.env; it writes nothing when
// there is a problem.
func Load(environ []string, dir string, terminal bool) (Config, error) {
	r, err := newReader(environ, dir)
	if err != nil {
		return Config{}, err
	}
	c := r.config(dir, terminal)
	r.checkNames()
	c.AccessToken.Secrets, c.RefreshToken.Secrets = r.secrets(c.DataDir, c.Production)
	if len(r.problems) > 0 {
		return Config{}, r.problems
	}
	c.Notices = r.notices
	return c, nil
}

// config reads every variable but the two secrets, which come last because
// they may write a file.
func (r *reader) config(dir string, terminal bool) Config {
	var c Config
	c.Production = r.choice("APP_ENV", "development", "production") == "production"
	c.Host = r.host()
	c.Port = r.number("PORT", 8080, 0, 65535)
	c.DataDir = resolve(dir, r.text("DATA_DIR", "data"))
	c.TLS = r.tls(dir, c.DataDir)
	c.PublicURL = r.publicURL(c.Port, c.TLS.On(), c.Production)
	c.HSTS = r.strictTransport(c.PublicURL)
	c.Database = r.database(dir, c.DataDir)
	c.Migrate = r.choice("MIGRATE", "auto", "off") == "auto"

	r.lifetimes(&c)
	c.Sessions.Max = r.number("MAX_SESSIONS", 10, 1, 100)
	c.Cookies = r.cookies(c.PublicURL, c.Production)
	c.CORSOrigins = r.origins(c.Production)
	c.TrustedProxies = r.proxies(c.Production)
	r.checkTransport(c)
	c.Limits = r.limits(c.Production)

	c.PasswordMinLength = r.number("PASSWORD_MIN_LENGTH", 8, 8, 128)
	c.Docs = r.flag("DOCS", !c.Production)
	c.Demo = r.flag("DEMO", !c.Production)

	c.LogLevel = r.logLevel()
	c.LogJSON = r.logJSON(terminal)
	return c
}

// lifetimes reads the four durations and checks that they nest.
func (r *reader) lifetimes(c *Config) {
	c.AccessToken.Expiry = r.duration("ACCESS_TOKEN_EXPIRY", 15*time.Minute, second, longest)
	c.RefreshToken.Expiry = r.duration("REFRESH_TOKEN_EXPIRY", 7*day, second, longest)
	c.Sessions.MaxAge = r.duration("SESSION_MAX_AGE", 30*day, second, longest)
	c.Sessions.RefreshGrace = r.duration("REFRESH_GRACE", 10*second, 0, maxGrace)
	c.Sessions.CacheTTL = r.duration("SESSION_CACHE_TTL", 30*second, 0, maxCacheTTL)

	if r.failed("ACCESS_TOKEN_EXPIRY", "REFRESH_TOKEN_EXPIRY", "SESSION_MAX_AGE") {
		return
	}
	if c.AccessToken.Expiry >= c.RefreshToken.Expiry {
		r.fail("ACCESS_TOKEN_EXPIRY", "is not shorter than REFRESH_TOKEN_EXPIRY", "15m with a refresh token of 7d")
	}
	if c.RefreshToken.Expiry > c.Sessions.MaxAge {
		r.fail("REFRESH_TOKEN_EXPIRY", "is longer than SESSION_MAX_AGE", "7d with a session of 30d")
	}
}

// publicURL is an origin: a path in front would take the refresh cookie, whose
// path is /api/v1/auth, out of the server's reach.
func (r *reader) publicURL(port int, https, production bool) string {
	const good = "https://auth.example.com, without a path"
	value := r.get("PUBLIC_URL")
	if value == "" {
		if production {
			r.fail("PUBLIC_URL", "is required in production", good)
		}
		scheme := map[bool]string{false: "http://", true: "https://"}[https]
		return scheme + net.JoinHostPort("localhost", strconv.Itoa(port))
	}
	if value[len(value)-1] == '/' {
		value = value[:len(value)-1]
	}
	origin, wrong := parseOrigin(value, production)
	if wrong != "" {
		r.fail("PUBLIC_URL", wrong, good)
	}
	return origin
}

func resolve(dir, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}
