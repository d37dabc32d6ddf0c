package binary

import (
	"strings"
	"testing"

	"sallyport/tests/harness"
)

// checked is what `config check --json` wrote.
type checked struct {
	OK     bool
	Checks []struct{ Name, State, Detail string }
}

// of returns the state and the details of all checks of this name.
func (c checked) of(name string) (state, detail string) {
	for _, one := range c.Checks {
		if one.Name == name {
			state, detail = one.State, detail+one.Detail
		}
	}
	return state, detail
}

// checkConfig runs `config check --json` in the folder.
func checkConfig(t *testing.T, dir string, variables ...string) (result checked) {
	t.Helper()
	done := runCommand(t, dir, "", "config check --json", variables...)
	code := done.code
	done.code = 0
	if result = decode[checked](t, done); result.OK != (code == 0) || code > 1 {
		t.Errorf("exit code %d with %+v", code, result)
	}
	if strings.Contains(done.stdout+done.stderr, "topsecret") {
		t.Errorf("it shows a secret: %s%s", done.stdout, done.stderr)
	}
	return result
}

func TestConfigCheck_TriesWhatTheSettingsName(t *testing.T) {
	t.Parallel()
	redis, bucket, mails := harness.NewRedis(t), harness.NewS3(t), harness.NewMailServer(t)
	list := harness.NewBreachList(t)
	postgres := harness.PostgresURL(t)
	runCommand(t, t.TempDir(), "", "migrate", "DATABASE_URL="+postgres).want(t, 0, "")
	dir := t.TempDir()
	found := checkConfig(t, dir, "DATABASE_URL="+postgres, "REDIS_URL="+redis.URL, "MEDIA_URL="+bucket.URL(),
		"SMTP_URL="+mails.URL, "MAIL_FROM=no-reply@example.com", "BREACH_LIST_URL="+list.URL)
	for _, name := range []string{"configuration", "secrets", "database", "schema", "connections", "redis", "mail", "mail templates", "pictures", "breach list"} {
		if state, detail := found.of(name); state != "ok" {
			t.Errorf("%s: %s %s", name, state, detail)
		}
	}
	if !found.OK || len(mails.Mails("")) > 0 || len(filesIn(t, dir)) > 0 {
		t.Errorf("all is there, and it says %+v, sends %d mails and leaves %q", found, len(mails.Mails("")), filesIn(t, dir))
	}
}

func TestConfigCheck_SaysWhatIsAway(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	found := checkConfig(t, dir, "DATABASE_URL=postgres://sallyport:topsecret@127.0.0.1:1/x", "REDIS_URL=redis://sallyport:topsecret@127.0.0.1:1/0",
		"MEDIA_URL=s3://key:topsecret@127.0.0.1:1/pictures?tls=off", "SMTP_URL=smtp://sallyport:topsecret@127.0.0.1:1", "MAIL_FROM=no-reply@example.com",
		"BREACH_LIST_URL=http://127.0.0.1:1/range", "DATA_DIR=data")
	for _, name := range []string{"database", "redis", "mail", "pictures", "breach list"} {
		if state, detail := found.of(name); state != "fail" || !strings.Contains(detail, "127.0.0.1:1") {
			t.Errorf("%s: %s %s", name, state, detail)
		}
	}
	if left := filesIn(t, dir); len(left) > 0 {
		t.Errorf("it left %q", left)
	}
}

func TestConfigCheck_NamesEveryProblemOfTheSettings(t *testing.T) {
	t.Parallel()
	found := checkConfig(t, t.TempDir(), "APP_ENV=production", "ACCESS_TOKEN_SECRET=topsecret", "PORT=99999")
	for _, name := range []string{"ACCESS_TOKEN_SECRET", "REFRESH_TOKEN_SECRET", "PUBLIC_URL", "TRUSTED_PROXIES", "PORT"} {
		if state, detail := found.of(name); state != "fail" || !strings.Contains(detail, "; use ") {
			t.Errorf("%s: %q %s", name, state, detail)
		}
	}
	dir := t.TempDir()
	harness.WriteFile(t, dir, ".env", []byte("REDIS_ULR=redis://127.0.0.1\n"))
	if state, _ := checkConfig(t, dir).of("REDIS_ULR"); state != "fail" {
		t.Errorf("a typing error in .env: %q", state)
	}
}

func TestConfigCheck_SaysWhatTheDatabaseStillNeeds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name            string
		made            bool // there is a database without tables
		variables       []string
		database, state string
	}{
		{"none yet", false, nil, "ok", ""},
		{"none, and nobody makes one", false, []string{"MIGRATE=off"}, "fail", ""},
		{"an empty one", true, nil, "ok", "ok"},
		{"an empty one that is not migrated at the start", true, []string{"MIGRATE=off"}, "ok", "fail"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if tt.made {
				harness.WriteFile(t, dir, "app.db", nil)
			}
			found := checkConfig(t, dir, append(tt.variables, "DATABASE_URL=sqlite://app.db")...)
			database, _ := found.of("database")
			if schema, detail := found.of("schema"); database != tt.database || schema != tt.state {
				t.Errorf("database %s, schema %s %s", database, schema, detail)
			}
		})
	}
}

func TestConfigCheck_WarnsOfTooFewConnectionsAndOfCountsThatGetLost(t *testing.T) {
	t.Parallel()
	url := harness.PostgresURL(t)
	redis := harness.NewRedis(t)
	redis.Command("CONFIG SET maxmemory 100mb")
	redis.Command("CONFIG SET maxmemory-policy allkeys-lru")
	for _, tt := range []struct{ connections, state string }{{"5", "ok"}, {"100", "warn"}, {"5000", "fail"}} {
		found := checkConfig(t, t.TempDir(), "DATABASE_URL="+url, "DATABASE_MAX_CONNS="+tt.connections, "REDIS_URL="+redis.URL)
		if state, detail := found.of("connections"); state != tt.state || !strings.Contains(detail, "up to "+tt.connections) {
			t.Errorf("with %s connections: %s %s", tt.connections, state, detail)
		}
		if state, detail := found.of("redis"); state != "warn" || !strings.Contains(detail, "noeviction") {
			t.Errorf("Redis that drops keys: %s %s", state, detail)
		}
	}
}
