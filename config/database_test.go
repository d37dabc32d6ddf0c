package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// FuzzDatabaseURL_APasswordIsReadWholeOrRefused: whatever the password is, no part
// of it becomes a host, a name or a parameter, which errors show, and a problem
// holds no part of it.
func FuzzDatabaseURL_APasswordIsReadWholeOrRefused(f *testing.F) {
	for _, sign := range []string{
		"", "@", "@@", "/", "/?", "#", "?", "%", "%zz", "%40", "%2F", "%00", ":", "::", "[", "]", `\`, "^", "&", "&x=", "=", ";", " ", "\n", "'", "`", `"`, "é", "\x01", "\xff", "*", ",", "@h/?x=", "@h:1,",
	} {
		f.Add("Zq7Xw9" + sign + "KdVb3R")
	}
	const before, after = "postgres://ada:", "@127.0.0.1:1/app?sslmode=disable"
	f.Fuzz(func(t *testing.T, password string) {
		if strings.ContainsRune(password, 0) {
			return // no variable can hold it
		}
		c, err := LoadDatabase([]string{"DATABASE_URL=" + before + password + after}, "", false)
		if err != nil {
			for i := range len(password) - 3 {
				if part := password[i : i+4]; strings.Contains(err.Error(), part) && !strings.Contains(goodDatabase+goodCharacters, part) && len(password) > 8 {
					t.Errorf("%q is shown of %q: %v", part, password, err)
				}
			}
			return
		}
		read, err := pgx.ParseConfig(c.Database.DSN)
		if err != nil {
			t.Fatalf("accepted, and not readable: %v", err)
		}
		if read.Host != "127.0.0.1" || read.Port != 1 || read.User != "ada" || read.Database != "app" || len(read.RuntimeParams) > 0 || len(read.Fallbacks) > 0 {
			t.Errorf("%q: host %q, user %q, database %q, %v", password, read.Host, read.User, read.Database, read.RuntimeParams)
		}
	})
}

func TestDatabase_RefusesURLsThatCanBeReadInTwoWays(t *testing.T) {
	for _, value := range []string{
		"postgres://u:hunter2@x@h/d", "postgres://u@server:hunter2@h/d", "postgres://u:hunter/2@h/d", "postgres://u:hunter#2@h/d",
		"postgres://u:hunter?2@h/d", "postgres://u:hunter 2@h/d", "postgres://u:hunter2", "postgres://u:hunter2@h:port/d",
		"postgres://u:hunter2@h:/d", "postgres://u:hunter2@h:65536/d", "postgres://u:hunter2@h:54:32/d", "postgres://u:hunter2@[::1/d",
		"postgres://u:hunter2@/d", "postgres://u:hunter2@h,/d", "postgres://u:hunter2@h/d?hunter2", "postgres://h/d?password=hunter&hunter2=1",
		"postgres://h/d?a%62=1",
	} {
		problems := problemsOf(t, with(keys, "DATABASE_URL="+value), t.TempDir())
		if len(problems) != 1 || problems[0].Variable != "DATABASE_URL" || strings.Contains(problems.Error(), "hunter") {
			t.Errorf("%s: %v", value, problems)
		}
	}
}

func TestDatabase_AcceptsTheFormsOfLibpq(t *testing.T) {
	for _, value := range []string{
		"postgres://user@%2Fvar%2Frun%2Fpostgresql/db", "postgres:///db?host=/var/run/postgresql", "postgresql://?host=h&dbname=d",
		"postgres://u:p%40%2F%23%3F%25@h/d", "postgres://u:p@h1:1,h2:2/d", "postgres://u@[::1]:5432/d", "postgres://u:p@my_db-1.local/d?search_path=a&x.y=b",
	} {
		c, err := Load(with(keys, "DATABASE_URL="+value), t.TempDir(), false)
		if err != nil || c.Database.DSN != value {
			t.Errorf("%s: %q, %v", value, c.Database.DSN, err)
		}
		if _, err := pgx.ParseConfig(value); err != nil {
			t.Errorf("%s: %v", value, err)
		}
	}
}

// In production nobody between this machine and another may read or change what goes
// to the database.
func TestDatabaseTLS_ProductionVerifiesEveryServerOnAnotherMachine(t *testing.T) {
	for _, tt := range []struct {
		url, why string
		accepted bool
	}{
		{"postgres://u:p@db.example.com/d", "the default falls back to plain text", false},
		{"postgres://u:p@db.example.com/d?sslmode=disable", "plain text", false},
		{"postgres://u:p@db.example.com/d?sslmode=require", "anybody's certificate", false},
		{"postgres://u:p@db.example.com/d?sslmode=verify-full", "", true},
		{"postgres://u:p@db.example.com/d?sslmode=verify-ca&sslrootcert=/nowhere", "", true},
		{"postgres://u:p@db.example.com/d?sslrootcert=system", "it means verify-full", true},
		{"postgres://u:p@db.example.com/d?sslmode=disable&sslmode=verify-full", "the first counts", false},
		{"postgres://u:p@db.example.com/d?SSLMODE=verify-full", "names are in lower case", false},
		{"postgres://u:p@127.0.0.1/d", "", true},
		{"postgres://u:p@localhost:5433/d", "", true},
		{"postgres://u:p@[::1]:5433/d", "", true},
		{"postgres://u@%2Fvar%2Frun%2Fpostgresql/d", "a socket", true},
		{"postgres:///d?host=/var/run/postgresql", "a socket", true},
		{"postgres:///d?host=db.example.com", "", false},
		{"postgres://u:p@localhost/d?host=db.example.com", "the parameter wins", false},
		{"postgres://u:p@localhost,db.example.com/d", "one of them is elsewhere", false},
		{"postgres://u:p@10.0.0.5/d", "a private network can be listened to", false},
		{"postgres://u:p@localhost.example.com/d", "", false},
	} {
		environ := with(production, "DATABASE_URL="+tt.url)
		_, err := Load(environ, t.TempDir(), false)
		var problems Problems
		if errors.As(err, &problems); tt.accepted == (len(problems) > 0) || !tt.accepted && problems[0].Variable != "DATABASE_URL" {
			t.Errorf("%s: %v: %s", tt.url, err, tt.why)
		}
		if _, err := Load(append(environ, "DATABASE_TLS=off"), t.TempDir(), false); err != nil {
			t.Errorf("%s without TLS: %v", tt.url, err)
		}
		if _, err := Load(with(keys, "DATABASE_URL="+tt.url), t.TempDir(), false); err != nil {
			t.Errorf("%s in development: %v", tt.url, err)
		}
	}
}

func TestMaxConns_IsForPostgreSQL(t *testing.T) {
	const postgres = "DATABASE_URL=postgres://h/d"
	for _, tt := range []struct {
		set  string
		want int // -1: a problem
	}{
		{postgres, 0},
		{postgres + "\x00DATABASE_MAX_CONNS=1", 1},
		{postgres + "\x00DATABASE_MAX_CONNS=10000", 10000},
		{postgres + "\x00DATABASE_MAX_CONNS=0", -1},
		{postgres + "\x00DATABASE_MAX_CONNS=10001", -1},
		{postgres + "\x00DATABASE_MAX_CONNS=many", -1},
		{"DATABASE_MAX_CONNS=20", -1}, // of SQLite
	} {
		c, err := Load(with(keys, strings.Split(tt.set, "\x00")...), t.TempDir(), false)
		var problems Problems
		if errors.As(err, &problems) != (tt.want < 0) || tt.want >= 0 && c.Database.MaxConns != tt.want {
			t.Errorf("%q: %d, %v", tt.set, c.Database.MaxConns, err)
		}
		if tt.want < 0 && (len(problems) != 1 || problems[0].Variable != "DATABASE_MAX_CONNS") {
			t.Errorf("%q: %v", tt.set, problems)
		}
	}
}

func TestPath_BeginsAtHome(t *testing.T) {
	home := t.TempDir()
	for _, tt := range []struct {
		set  string
		want func(Config) string
		path string
	}{
		{"DATA_DIR=~", func(c Config) string { return c.DataDir }, home},
		{"DATA_DIR=~/data", func(c Config) string { return c.Database.DSN }, home + "/data/sallyport.db"},
		{"DATA_DIR=~/data\x00ACME_DOMAINS=auth.example.com\x00PUBLIC_URL=https://auth.example.com", func(c Config) string { return c.TLS.ACMECache }, home + "/data/acme"},
		{"DATABASE_URL=sqlite://~/x.db", func(c Config) string { return c.Database.DSN }, home + "/x.db"},
		{"DATABASE_URL=postgres://h/d?sslmode=verify-full&sslrootcert=~/ca.pem", func(c Config) string {
			return strings.ReplaceAll(c.Database.DSN, "%2F", "/")
		}, "postgres://h/d?sslmode=verify-full&sslrootcert=" + home + "/ca.pem"},
		{"DATA_DIR=/srv/./~", func(c Config) string { return c.DataDir }, "/srv/~"},
	} {
		c, err := Load(with(keys, append(strings.Split(tt.set, "\x00"), "HOME="+home)...), t.TempDir(), false)
		if err != nil {
			t.Errorf("%q: %v", tt.set, err)
		} else if got := tt.want(c); got != tt.path {
			t.Errorf("%q is %s, want %s", tt.set, got, tt.path)
		}
	}
	for _, set := range []string{"DATA_DIR=~ada/data", "DATA_DIR=~data", "DATABASE_URL=sqlite://~ada/x.db", "DATA_DIR=~/data\x00HOME=", "DATA_DIR=~/data\x00HOME=here",
		"DATABASE_URL=postgres://h/d?sslcert=~ada/x"} {
		variable, _, _ := strings.Cut(set, "=")
		if problems := problemsOf(t, with(keys, append([]string{"HOME=" + home}, strings.Split(set, "\x00")...)...), t.TempDir()); len(problems) != 1 || problems[0].Variable != variable {
			t.Errorf("%q: %v", set, problems)
		}
	}
	for _, variable := range []string{"TLS_CERT_FILE", "TLS_KEY_FILE"} { // both are read at once
		problems := problemsOf(t, with(keys, "HOME="+home, "PUBLIC_URL=https://localhost", "TLS_CERT_FILE=/x", "TLS_KEY_FILE=/y", variable+"=~/of-home.pem"), t.TempDir())
		if variable == "TLS_CERT_FILE" && !strings.Contains(problems.Error(), filepath.Join(home, "of-home.pem")) {
			t.Errorf("%s: %v", variable, problems)
		}
	}
}

func TestLoadDatabase_ReadsAndWritesNothingElse(t *testing.T) {
	dir := t.TempDir()
	c, err := LoadDatabase([]string{"APP_ENV=production", "PORT=none", "DATABASE_URL=postgres://127.0.0.1/d"}, dir, false)
	if err != nil || c.Database.DSN != "postgres://127.0.0.1/d" {
		t.Errorf("%v, %v", c.Database, err)
	}
	if _, err := LoadDatabase(nil, dir, false); err != nil {
		t.Error(err)
	}
	if made, err := os.ReadDir(dir); err != nil || len(made) > 0 {
		t.Errorf("it made %v: %v", made, err)
	}
}
