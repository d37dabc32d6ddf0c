package config

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestMail_TakesEachValue(t *testing.T) {
	const from = "MAIL_FROM=no-reply@example.com"
	tests := []struct {
		set  []string
		want func(Config) bool
	}{
		{[]string{}, func(c Config) bool { return c.Mail.Server == SMTP{} && c.AppURL == "http://localhost:8080" }},
		{[]string{"SMTP_URL=smtp://mail.example.com", from}, func(c Config) bool {
			return c.Mail.Server == SMTP{Host: "mail.example.com", Port: 587, Security: SecurityStartTLS}
		}},
		{[]string{"SMTP_URL=smtps://u:p%40ss@mail.example.com", from}, func(c Config) bool {
			return c.Mail.Server == SMTP{"mail.example.com", 465, SecurityTLS, "u", "p@ss"}
		}},
		{[]string{"SMTP_URL=smtp://localhost", from}, func(c Config) bool { return c.Mail.Server == SMTP{Host: "localhost", Port: 25, Security: SecurityNone} }},
		{[]string{"SMTP_URL=smtp://127.0.0.2:1025/", from}, func(c Config) bool {
			return c.Mail.Server == SMTP{Host: "127.0.0.2", Port: 1025, Security: SecurityNone}
		}},
		{[]string{"SMTP_URL=smtp://[::1]", from}, func(c Config) bool { return c.Mail.Server.Security == SecurityNone && c.Mail.Server.Host == "::1" }},
		{[]string{"SMTP_URL=smtp://10.0.0.7", from}, func(c Config) bool { return c.Mail.Server.Security == SecurityStartTLS }},              // private is not local
		{[]string{"SMTP_URL=smtp://localhost.example.com", from}, func(c Config) bool { return c.Mail.Server.Security == SecurityStartTLS }}, // another machine
		{[]string{"MAIL_FROM=Ada & Co <ada@example.com>"}, func(c Config) bool { return c.Mail.From == "Ada & Co <ada@example.com>" }},
		{[]string{"MAIL_REPLY_TO=help@example.com", "MAIL_BOUNCE=bounces@example.com"}, func(c Config) bool {
			return c.Mail.ReplyTo == "help@example.com" && c.Mail.Bounce == "bounces@example.com"
		}},
		{[]string{"MAIL_TEMPLATES=mails"}, func(c Config) bool {
			return filepath.IsAbs(c.Mail.Templates) && filepath.Base(c.Mail.Templates) == "mails"
		}},
		{[]string{"REQUIRE_VERIFIED_EMAIL=true"}, func(c Config) bool { return c.Mail.RequireVerified && c.Mail.Possible(c.Production) }}, // development has the folder
		{[]string{"SECURITY_NOTICES=off"}, func(c Config) bool { return !c.Mail.Notices }},
		{[]string{"APP_URL=https://App.example.com:443/account/"}, func(c Config) bool { return c.AppURL == "https://app.example.com/account" }},
		{[]string{"APP_URL=http://localhost:5173"}, func(c Config) bool { return c.AppURL == "http://localhost:5173" }},
	}
	for _, tt := range tests {
		t.Run(strings.Join(tt.set, " "), func(t *testing.T) {
			c, err := Load(with(keys, tt.set...), t.TempDir(), false)
			if err != nil {
				t.Fatal(err)
			}
			if !tt.want(c) {
				t.Errorf("%+v %q", c.Mail, c.AppURL)
			}
		})
	}
}

func TestMail_RefusalsNameTheVariableAndWhatIsWrongAndNoPassword(t *testing.T) {
	tests := []struct{ set, variable, wrong, good string }{
		{"SMTP_URL=mail.example.com:587", "SMTP_URL", "is not smtp://", "smtp://user:password@"},
		{"SMTP_URL=http://mail.example.com", "SMTP_URL", "is not smtp://", "smtps://"},
		{"SMTP_URL=smtp://", "SMTP_URL", "is not smtp://", "smtp://"},
		{"SMTP_URL=smtp://mail.example.com:70000", "SMTP_URL", "is not smtp://", "587"},
		{"SMTP_URL=smtp://u:hunter2@x@mail.example.com", "SMTP_URL", "more than one @", "%40"}, // a raw @ in the password
		{"SMTP_URL=smtp://u:hunter2#x@mail.example.com", "SMTP_URL", "@ or #", "%23"},
		{"SMTP_URL=smtp://u:hunter2%zz@mail.example.com", "SMTP_URL", "a % that", "%25"},
		{"SMTP_URL=smtp://u:hunter2@mail.example.com/path", "SMTP_URL", "more than user", "smtp://"},
		{"SMTP_URL=smtp://u:hunter2@mail.example.com?starttls=off", "SMTP_URL", "more than user", "smtp://"},
		{"SMTP_URL=smtp://user@mail.example.com", "SMTP_URL", "without a password", "user:password"},
		{"MAIL_FROM=no-reply", "MAIL_FROM", "is not an email address", "no-reply@example.com"},
		{"MAIL_FROM=a@example.com, b@example.com", "MAIL_FROM", "is not an email address", "no-reply@example.com"},
		{"MAIL_FROM=jürgen@example.com", "MAIL_FROM", "outside ASCII", "no-reply@example.com"}, // needs SMTPUTF8
		{"MAIL_FROM=ada@bücher.example", "MAIL_FROM", "no valid domain (write an international name as xn--", "no-reply@example.com"},
		{"MAIL_REPLY_TO=@example.com", "MAIL_REPLY_TO", "is not an email address", "no-reply@example.com"},
		{"MAIL_BOUNCE=Bounces <bounces@example.com>", "MAIL_BOUNCE", "has a name", "bounces@example.com"},
		{"APP_URL=app.example.com", "APP_URL", "is not http(s)", "https://app.example.com"},
		{"APP_URL=https://app.example.com/?page=", "APP_URL", "a path with other", "https://app.example.com"},
		{"APP_URL=https://app.example.com/#/", "APP_URL", "a path with other", "https://app.example.com"}, // the token is the fragment
		{"REQUIRE_VERIFIED_EMAIL=maybe", "REQUIRE_VERIFIED_EMAIL", "neither true nor false", "true or false"},
		{"SECURITY_NOTICES=some", "SECURITY_NOTICES", "neither true nor false", "on/off"},
	}
	for _, tt := range tests {
		t.Run(tt.set, func(t *testing.T) {
			environ := with(keys, "MAIL_FROM=no-reply@example.com", tt.set)
			wantProblem(t, problemsOf(t, environ, t.TempDir()), tt.variable, tt.wrong, tt.good)
		})
	}
}

func TestMail_ServerNeedsASender(t *testing.T) {
	problems := problemsOf(t, with(keys, "SMTP_URL=smtp://u:hunter2@mail.example.com"), t.TempDir())
	wantProblem(t, problems, "MAIL_FROM", "is required with SMTP_URL", "no-reply@example.com")
}

func TestMail_ProductionRefusesWhatNeedsMailWithoutAServer(t *testing.T) {
	tests := []struct{ set, variable, wrong, good string }{
		{"REQUIRE_VERIFIED_EMAIL=true", "REQUIRE_VERIFIED_EMAIL", "needs SMTP_URL", "false"},
		{"SECURITY_NOTICES=on", "SECURITY_NOTICES", "needs SMTP_URL", "off"},
		{"APP_URL=http://app.example.com", "APP_URL", "is not https", "https://app.example.com"},
	}
	for _, tt := range tests {
		wantProblem(t, problemsOf(t, with(production, "SMTP_URL=", tt.set), t.TempDir()), tt.variable, tt.wrong, tt.good)
	}
}

func TestMail_ProductionWithoutAServerStartsAndSaysWhatIsMissing(t *testing.T) {
	c, err := Load(with(production, "SMTP_URL="), t.TempDir(), false)
	if err != nil {
		t.Fatal(err)
	}
	if c.Mail.Notices || c.Mail.Possible(c.Production) {
		t.Errorf("%+v", c.Mail)
	}
	if len(c.Notices) != 1 || !strings.Contains(c.Notices[0].Text, "SMTP_URL is not set") {
		t.Error(c.Notices)
	}
}

// wantProblem checks the one problem of a configuration.
func wantProblem(t *testing.T, problems Problems, variable, wrong, good string) {
	t.Helper()
	if len(problems) != 1 {
		t.Fatalf("%d problems: %v", len(problems), problems)
	}
	p := problems[0]
	if p.Variable != variable || !strings.Contains(p.Wrong, wrong) || !strings.Contains(p.Good, good) {
		t.Errorf("got %+v, want %s %q %q", p, variable, wrong, good)
	}
	if strings.Contains(problems.Error(), "hunter2") {
		t.Error("it shows the password")
	}
}
