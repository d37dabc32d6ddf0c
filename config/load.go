package config

import (
	"fmt"
	"strings"
)

// Load reads environ (in the form of os.Environ) and the file .env in dir, and
// checks every value. A variable in environ wins over the file. Relative paths
// start at dir; "" is the working folder. terminal reports whether the log goes
// to a terminal.
//
// A configuration that cannot be used is a [Problems] with everything that is
// wrong. In development Load writes DATA_DIR/secrets.env if a secret is unset
// and nothing is wrong.
func Load(environ []string, dir string, terminal bool) (Config, error) {
	return loadAll(environ, dir, terminal, true)
}

// Inspect is [Load] for a command that serves nobody. It writes nothing: a secret
// that Load would generate is missing from the Config.
func Inspect(environ []string, dir string, terminal bool) (Config, error) {
	return loadAll(environ, dir, terminal, false)
}

func loadAll(environ []string, dir string, terminal, generate bool) (Config, error) {
	r, err := newReader(environ, dir)
	if err != nil {
		return Config{}, err
	}
	r.readSecretFiles(dir, secretFiles...)
	c := r.config(dir, terminal)
	r.checkNames()
	r.checkFolders(c)
	c.AccessToken.Secrets, c.RefreshToken.Secrets = r.secrets(c.DataDir, c.Production, generate)
	if len(r.problems) > 0 {
		return Config{}, r.problems
	}
	c.Notices = r.notices
	return c, nil
}

// LoadAddress reads where a server with this configuration listens, and nothing
// else.
func LoadAddress(environ []string, dir string) (Config, error) {
	r, err := newReader(environ, dir)
	if err != nil {
		return Config{}, err
	}
	c := Config{Host: r.host(), Port: r.port(), DataDir: r.path("DATA_DIR", dir, r.text("DATA_DIR", "data"))}
	c.TLS = r.tls(dir, c.DataDir)
	if len(r.problems) > 0 {
		return Config{}, r.problems
	}
	return c, nil
}

// LoadDatabase is [Load] for a command that works on the database and serves
// nobody: it asks for no other setting and writes nothing.
func LoadDatabase(environ []string, dir string, terminal bool) (Config, error) {
	r, err := newReader(environ, dir)
	if err != nil {
		return Config{}, err
	}
	r.readSecretFiles(dir, fileOfDatabase)
	c := Config{Production: r.production()}
	r.data(&c, dir)
	r.logging(&c, terminal)
	r.checkNames()
	r.checkFile(c.Database)
	if len(r.problems) > 0 {
		return Config{}, r.problems
	}
	return c, nil
}

// data reads what says where the data are.
func (r *reader) data(c *Config, dir string) {
	c.DataDir = r.path("DATA_DIR", dir, r.text("DATA_DIR", "data"))
	c.Database = r.database(dir, c.DataDir)
	c.Migrate = r.choice("MIGRATE", "auto", "off") == "auto"
}

func (r *reader) logging(c *Config, terminal bool) {
	c.LogLevel = r.logLevel()
	c.LogFormat = r.logFormat(c.Production)
	c.LogColor = terminal && r.get("NO_COLOR") == ""
}

func (r *reader) production() bool {
	return r.choice("APP_ENV", "development", "production") == "production"
}

// config reads every variable except the two secrets: reading those may write
// a file, so they are read last.
func (r *reader) config(dir string, terminal bool) Config {
	var c Config
	c.Production = r.production()
	c.Host = r.host()
	c.Port = r.port()
	c.DrainDelay = r.drainDelay(c.Production)
	r.data(&c, dir)
	c.Media = r.media(c.DataDir)
	c.TLS = r.tls(dir, c.DataDir)
	c.PublicURL = r.publicURL(c.Port, c.TLS.On(), c.Production)
	c.AppURL = r.appURL(c.PublicURL, c.Production)
	c.HSTS = r.strictTransport(c.PublicURL)

	r.lifetimes(&c)
	c.Sessions.Max = r.number("MAX_SESSIONS", 10, 1, 100)
	c.Cookies = r.cookies(c.PublicURL, c.Production)
	c.CORSOrigins = r.origins(c.Production)
	c.CORSLocal = !c.Production && r.get("CORS_ORIGIN") == ""
	c.TrustedProxies = r.proxies(c.Production)
	r.checkTransport(c)
	c.RedisURL = r.redis(c.Production)
	c.Limits = r.limits(c.Production)
	c.Mail = r.mail(dir, c.Production)

	c.ActivityRetention = r.duration("ACTIVITY_RETENTION", 90*day, day, 10*365*day)
	c.PasswordMinLength = r.number("PASSWORD_MIN_LENGTH", 8, 8, 128)
	c.BreachListURL = r.breachList()
	c.Docs = r.flag("DOCS", !c.Production)
	c.Demo = r.flag("DEMO", !c.Production)
	c.Ops = r.ops(c.Production)

	r.logging(&c, terminal)
	return c
}

// Problem is one thing that the operator must change. It never holds the value
// of a secret.
type Problem struct {
	Variable string // or the path of a file
	Wrong    string // what is wrong with it
	Good     string // an example of a good value
}

// Problems is the error of [Load]: one line for each problem.
type Problems []Problem

func (p Problems) Error() string {
	var b strings.Builder
	b.WriteString("the configuration needs attention:")
	for _, one := range p {
		fmt.Fprintf(&b, "\n  %s: %s; use %s", one.Variable, one.Wrong, one.Good)
	}
	return b.String()
}
