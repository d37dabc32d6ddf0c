package binary

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sallyport/tests/harness"
)

// setting is one variable, and how the built program shows that it was read.
type setting struct {
	variable string   // NAME=value
	more     []string // other variables it needs
	shows    func(t *testing.T, p *harness.Process, dir string)
}

var behindHTTPS = []string{"PUBLIC_URL=" + publicURL, "TRUSTED_PROXIES=127.0.0.1"}

var settings = []setting{
	{"HOST=0.0.0.0", nil, func(t *testing.T, p *harness.Process, _ string) {
		if host, _, err := net.SplitHostPort(p.Address()); err != nil || !net.ParseIP(host).IsUnspecified() {
			t.Errorf("it listens at %s: %v", p.Address(), err)
		}
	}},
	{"PUBLIC_URL=" + publicURL, behindHTTPS[1:], wantStrictTransport("max-age=31536000; includeSubDomains")},
	{"HSTS=host", behindHTTPS, wantStrictTransport("max-age=31536000")},
	{"TRUSTED_PROXIES=127.0.0.1", nil, func(t *testing.T, p *harness.Process, _ string) {
		body := harness.InBody(harness.Registration("ada"))
		access := p.Send("POST", harness.RegisterPath, "", body, "X-Forwarded-For", "192.0.2.7").Tokens(t).Access
		if ip := p.Send("GET", harness.SessionsPath, access, "").Sessions(t)[0].IP; ip != "192.0.2.7" {
			t.Errorf("the session is from %s", ip)
		}
	}},
	{"DATA_DIR=elsewhere", nil, wantFile("elsewhere/sallyport.db")},
	{"DATABASE_URL=sqlite://other.db", nil, wantFile("other.db")},
	{"DATABASE_TLS=off", nil, func(t *testing.T, _ *harness.Process, dir string) {
		const elsewhere = "DATABASE_URL=postgres://0.0.0.0:1/x" // not a loopback address, and nobody answers
		for setting, want := range map[string]string{"required": "without TLS", "off": "refused"} {
			said, _ := harness.Built(t).Command(dir, []string{"migrate"}, "APP_ENV=production", elsewhere, "DATABASE_TLS="+setting).CombinedOutput()
			if !strings.Contains(string(said), want) {
				t.Errorf("DATABASE_TLS=%s: %s", setting, said)
			}
		}
	}},
	{"REDIS_TLS=off", nil, func(t *testing.T, _ *harness.Process, dir string) {
		const elsewhere = "REDIS_URL=redis://redis.example.com:6379/0"
		for setting, refused := range map[string]bool{"required": true, "off": false} {
			said, _ := harness.Built(t).Command(dir, nil, "APP_ENV=production", elsewhere, "REDIS_TLS="+setting).CombinedOutput() // refused for other reasons too
			if strings.Contains(string(said), "REDIS_URL: goes to another machine without TLS") != refused {
				t.Errorf("REDIS_TLS=%s: %s", setting, said)
			}
		}
	}},
	{"DATABASE_MAX_CONNS=", nil, func(t *testing.T, _ *harness.Process, _ string) {
		url := harness.PostgresURL(t)
		p := serve(t, t.TempDir(), "DATABASE_URL="+url, "DATABASE_MAX_CONNS=3")
		access := p.SignUp("ada").Access
		harness.Together(harness.Times(50, func(int) { p.CurrentUser(access).Want(t, 200, "") })...)
		other := harness.OpenSQL(t, "pgx", url)
		const connected = "SELECT string_agg(pid::text, ' ' ORDER BY pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
		all := harness.Column(t, other, connected)
		if n := len(strings.Fields(all)); n != 3 {
			t.Errorf("%d connections", n)
		}
		harness.Together(harness.Times(50, func(int) { p.CurrentUser(access).Want(t, 200, "") })...)
		if later := harness.Column(t, other, connected); later != all { // it closes none that is idle
			t.Errorf("connections %s, and before %s", later, all)
		}
	}},
	{"ACCESS_TOKEN_EXPIRY=1h", nil, wantLives(time.Hour, 7*24*time.Hour)},
	{"REFRESH_TOKEN_EXPIRY=1h", nil, wantLives(15*time.Minute, time.Hour)},
	{"SESSION_MAX_AGE=2s", []string{"REFRESH_TOKEN_EXPIRY=2s", "ACCESS_TOKEN_EXPIRY=1s"}, func(t *testing.T, p *harness.Process, _ string) {
		refresh, began := p.SignUp("ada").Refresh, time.Now()
		for time.Since(began) < time.Minute {
			answer := p.Refresh(refresh)
			if answer.Status != 200 {
				answer.Want(t, 401, "session_ended")
				return
			}
			refresh = answer.Tokens(t).Refresh
		}
		t.Error("a session that is refreshed lives for ever")
	}},
	{"MAX_SESSIONS=2", nil, func(t *testing.T, p *harness.Process, _ string) {
		first := p.SignUp("ada")
		second, third := p.SignIn("ada"), p.SignIn("ada")
		p.CurrentUser(first.Access).Want(t, 401, "session_ended")
		p.CurrentUser(second.Access).Want(t, 200, "")
		p.CurrentUser(third.Access).Want(t, 200, "")
	}},
	{"REFRESH_GRACE=0", nil, func(t *testing.T, p *harness.Process, _ string) {
		tokens := p.SignUp("ada")
		p.Refresh(tokens.Refresh).Want(t, 200, "")
		p.Refresh(tokens.Refresh).Want(t, 401, "token_reused")
	}},
	{"SESSION_CACHE_TTL=0", nil, func(t *testing.T, p *harness.Process, dir string) {
		tokens := p.SignUp("ada")
		p.CurrentUser(tokens.Access).Want(t, 200, "")
		if _, err := database(t, dir).Exec("UPDATE users SET disabled_at = created_at"); err != nil {
			t.Fatal(err)
		}
		p.CurrentUser(tokens.Access).Want(t, 401, "session_ended")
	}},
	{"COOKIE_SECURE=false", nil, wantCookies(`^accessToken=[^;]+; Path=/; Max-Age=\d+; HttpOnly; SameSite=Lax$`)},
	{"COOKIE_PREFIX=true", nil, wantCookies(`^__Host-accessToken=`, `^__Secure-refreshToken=`)},
	{"COOKIE_SAMESITE=none", nil, wantCookies(`^accessToken=.*; Secure; SameSite=None$`, `^refreshToken=.*; Secure; SameSite=None$`)},
	{"COOKIE_DOMAIN=example.com", behindHTTPS, wantCookies(`^accessToken=; .*Max-Age=0`, `^accessToken=.*; Domain=example.com;`, `^refreshToken=; .*Max-Age=0`, `^refreshToken=.*; Domain=example.com;`)},
	{"ACCESS_COOKIE_MAX_AGE=session", nil, wantCookies(`^accessToken=[^;]+; Path=/; Max-Age=604(800|79[0-9]);`)},
	{"CORS_ORIGIN=https://app.example.com", nil, func(t *testing.T, p *harness.Process, _ string) {
		for origin, want := range map[string]string{"https://app.example.com": "https://app.example.com", "http://localhost:3000": ""} {
			if got := p.Send("GET", "/healthz", "", "", "Origin", origin).Header.Get("Access-Control-Allow-Origin"); got != want {
				t.Errorf("%s is answered %q", origin, got)
			}
		}
	}},
	{"REDIS_URL=", nil, func(t *testing.T, _ *harness.Process, _ string) {
		shared := []string{"RATE_LIMITS=on", "LIMIT_LOGIN_PER_ADDRESS=1/hour", "REDIS_URL=" + harness.NewRedis(t).URL}
		one, other := serve(t, t.TempDir(), shared...), serve(t, t.TempDir(), shared...)
		one.Login("ada", harness.Password).Want(t, 401, "invalid_credentials")
		wantLimit(t, other.Login("ada", harness.Password), "1")
	}},
	{"LIMIT_REGISTER_PER_ADDRESS=1/hour", []string{"RATE_LIMITS=on"}, wantSignUpsLimited},
	{"LIMIT_REGISTER_GLOBAL=1/hour", []string{"RATE_LIMITS=on"}, wantSignUpsLimited},
	{"LIMIT_LOGIN_PER_ADDRESS=1/hour", []string{"RATE_LIMITS=on"}, wantSignInsLimited},
	{"LIMIT_LOGIN_PER_ACCOUNT=1/hour", []string{"RATE_LIMITS=on"}, wantSignInsLimited},
	{"LIMIT_LOGIN_GLOBAL=1/hour", []string{"RATE_LIMITS=on"}, wantSignInsLimited},
	{"LIMIT_REFRESH_PER_ADDRESS=1/hour", []string{"RATE_LIMITS=on"}, wantRefreshesLimited},
	{"LIMIT_REFRESH_PER_SESSION=1/hour", []string{"RATE_LIMITS=on"}, wantRefreshesLimited},
	{"RATE_LIMITS=on", []string{"LIMIT_LOGIN_PER_ADDRESS=1/second"}, func(t *testing.T, p *harness.Process, _ string) {
		seen := map[int]bool{}
		for began := time.Now(); !seen[401] || !seen[429]; { // its own clock gives one back each second
			answer := p.Login("nobody", harness.Password)
			if seen[429] || answer.Status == 429 {
				seen[answer.Status] = true
			}
			if time.Since(began) > time.Minute {
				t.Fatalf("after a refusal came %v only", seen)
			}
		}
	}},
	{"PASSWORD_MIN_LENGTH=20", nil, func(t *testing.T, p *harness.Process, _ string) {
		for password, status := range map[string]int{"engine-no-1-plan-of": 400, "engine-no-1-plan-of-": 201} { // 19 and 20
			if answer := p.Send("POST", harness.RegisterPath, "", strings.Replace(harness.Registration("ada"), harness.Password, password, 1)); answer.Status != status {
				t.Errorf("%d characters: %s", len(password), answer.Raw)
			}
		}
	}},
	{"BREACH_LIST_URL=", nil, func(t *testing.T, _ *harness.Process, _ string) {
		p := serve(t, t.TempDir(), "BREACH_LIST_URL="+harness.NewBreachList(t, harness.Password).URL)
		p.Send("POST", harness.RegisterPath, "", harness.Registration("ada")).Want(t, 400, "validation_failed")
	}},
	{"SMTP_URL=", nil, func(t *testing.T, _ *harness.Process, _ string) {
		if mail := mailed(t); mail.To != harness.Email("ada") {
			t.Errorf("%s", mail.Raw)
		}
	}},
	{"MAIL_FROM=", nil, func(t *testing.T, _ *harness.Process, _ string) {
		if mail := mailed(t); mail.From != "no-reply@example.com" || mail.Header.Get("From") != `"Example" <no-reply@example.com>` {
			t.Errorf("%s", mail.Raw)
		}
	}},
	{"MAIL_REPLY_TO=", nil, func(t *testing.T, _ *harness.Process, _ string) {
		if mail := mailed(t, "MAIL_REPLY_TO=help@example.com"); mail.Header.Get("Reply-To") != "<help@example.com>" {
			t.Errorf("%s", mail.Raw)
		}
	}},
	{"MAIL_BOUNCE=", nil, func(t *testing.T, _ *harness.Process, _ string) {
		if mail := mailed(t, "MAIL_BOUNCE=bounces@example.com"); mail.From != "bounces@example.com" {
			t.Errorf("the envelope is from %s", mail.From)
		}
	}},
	{"MAIL_TEMPLATES=", nil, func(t *testing.T, _ *harness.Process, _ string) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "layout.txt"), []byte("ours\n\n{{.Link}}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if mail := mailed(t, "MAIL_TEMPLATES="+dir); !strings.HasPrefix(mail.Text, "ours") {
			t.Errorf("%s", mail.Text)
		}
	}},
	{"REQUIRE_VERIFIED_EMAIL=true", nil, func(t *testing.T, p *harness.Process, _ string) {
		p.Send("POST", harness.RegisterPath, "", harness.Registration("ada")).Want(t, 201, "")
		p.Login("ada", harness.Password).Want(t, 403, "email_not_verified")
	}},
	{"SECURITY_NOTICES=off", nil, func(t *testing.T, p *harness.Process, dir string) {
		p.ChangePassword(p.SignUp("ada").Access, harness.Password, harness.NextPassword).Want(t, 200, "")
		p.Send("POST", harness.ForgotPasswordPath, "", harness.Object("email", harness.Email("ada"))).Want(t, 200, "")
		harness.Await(t, func() error { // the mail that was asked for later
			if mails := harness.OutboxMails(t, filepath.Join(dir, "data", "outbox")); len(mails) != 2 {
				return fmt.Errorf("%d mails, want those of the sign-up and of the reset", len(mails))
			}
			return nil
		})
	}},
	{"LIMIT_PROFILE_PER_ADDRESS=1/hour", []string{"RATE_LIMITS=on"}, func(t *testing.T, p *harness.Process, _ string) {
		access := p.SignUp("ada").Access
		p.Send("PATCH", harness.UpdateAccountPath, access, `{"locale":"de"}`).Want(t, 200, "")
		wantLimit(t, p.Send("DELETE", "/api/v1/users/avatar", access, ""), "1")
	}},
	{"LIMIT_MAIL_PER_ADDRESS=1/hour", []string{"RATE_LIMITS=on"}, wantMailLimited},
	{"LIMIT_MAIL_PER_RECIPIENT=1/hour", []string{"RATE_LIMITS=on"}, wantMailLimited},
	{"LIMIT_MAIL_GLOBAL=1/hour", []string{"RATE_LIMITS=on"}, wantMailLimited},
	{"LIMIT_MAIL_PER_ACCOUNT=1/hour", []string{"RATE_LIMITS=on"}, func(t *testing.T, p *harness.Process, _ string) {
		access := p.SignUp("ada").Access // with mail
		wantLimit(t, p.Send("POST", harness.ChangeEmailPath, access, harness.Object("password", harness.Password, "email", "next@example.com")), "1")
	}},
	{"MEDIA_URL=s3://key:secret@127.0.0.1:1/pictures?tls=off", nil, func(t *testing.T, p *harness.Process, _ string) {
		p.Send("GET", "/media/abcdefghijklmnopqrstuvwxyz.jpg", "", "").Want(t, 503, "unavailable") // nobody listens there
	}},
	{"APP_URL=http://localhost:5173", nil, func(t *testing.T, p *harness.Process, _ string) {
		for _, path := range []string{"/verify-email", "/reset-password", "/undo-email-change"} { // that site has them
			p.Send("GET", path, "", "").Want(t, 404, "not_found")
		}
	}},
	{"DOCS=off", nil, wantPages("/", "/admin", "/assets/app.js", "/assets/swagger/swagger-ui.css")},
	{"DEMO=off", nil, wantPages("/docs", "/openapi.yaml", "/assets/app.js", "/assets/swagger/swagger-ui.css")},
	{"DEMO=no", []string{"DOCS=no"}, wantPages()},
	{"DOCS=on", append([]string{"DEMO=on"}, production...), wantPages(pages...)},
	{"OPS_ADDR=127.0.0.1:0", nil, func(t *testing.T, p *harness.Process, _ string) {
		get(t, opsOf(t, p)+"/metrics")
	}},
	{"LOG_LEVEL=warn", nil, func(t *testing.T, p *harness.Process, _ string) {
		p.Login("nobody", harness.Password).Want(t, 401, "invalid_credentials")
		p.Stop(syscall.SIGTERM)
		if log := p.Stderr.String(); strings.Contains(log, `"level":"INFO"`) || !strings.Contains(log, `"level":"WARN"`) {
			t.Errorf("%s", log)
		}
	}},
	{"LOG_FORMAT=pretty", nil, func(t *testing.T, p *harness.Process, _ string) {
		p.Send("GET", "/healthz", "", "").Want(t, 200, "")
		p.Stop(syscall.SIGTERM)
		if log := p.Stderr.String(); !strings.Contains(log, " INF GET /healthz 200 ") || strings.Contains(log, "\x1b") {
			t.Errorf("%q", log)
		}
	}},
	{"LOG_FORMAT=json", production, func(t *testing.T, p *harness.Process, _ string) {
		p.Stop(syscall.SIGTERM)
		if log := p.Stderr.String(); !strings.Contains(log, `"refreshGrace":"10s"`) {
			t.Errorf("%s", log)
		}
	}},
	{"LOG_FORMAT=text", nil, func(t *testing.T, p *harness.Process, _ string) {
		p.Send("GET", "/healthz", "", "").Want(t, 200, "")
		p.Stop(syscall.SIGTERM)
		for line := range strings.Lines(p.Stderr.String()) {
			if !strings.HasPrefix(line, "time=") {
				t.Errorf("%s", line)
			}
		}
	}},
}

// shownElsewhere are the settings that tests of other folders show on the built
// program.
var shownElsewhere = map[string]string{
	"APP_ENV":                     "TestShipped_ProductionServesTheAPIAndNothingElse",
	"PORT":                        "TestProcess_StartsWithNothingConfiguredAndKeepsEverything",
	"TLS_CERT_FILE":               "TestHTTPS_WithCertificateFilesAndWithoutARestart",
	"TLS_KEY_FILE":                "TestHTTPS_WithCertificateFilesAndWithoutARestart",
	"ACME_DOMAINS":                "TestHTTPS_GetsACertificateFromAnAuthorityAndKeepsIt",
	"ACME_DIRECTORY":              "TestHTTPS_GetsACertificateFromAnAuthorityAndKeepsIt",
	"ACME_EMAIL":                  "", // the authority keeps it to itself
	"ACTIVITY_RETENTION":          "", // the hourly sweep goes by it
	"NO_COLOR":                    "TestTerminal_OneLineARequestInOrderAndInColour",
	"MIGRATE":                     "TestProcess_MigrateOffNeedsTheSubcommand",
	"ACCESS_TOKEN_SECRET":         "TestSecretRotation_SessionsThatRefreshInTheOverlapSurvive",
	"REFRESH_TOKEN_SECRET":        "TestSecretRotation_SessionsThatRefreshInTheOverlapSurvive",
	"DRAIN_DELAY":                 "TestDraining_IsSeenByLoadBalancersAndByNobodyElse",
	"ACCESS_TOKEN_SECRET_FILE":    "TestShipped_EachSecretCanBeInAFile",
	"REFRESH_TOKEN_SECRET_FILE":   "TestShipped_EachSecretCanBeInAFile",
	"DATABASE_URL_FILE":           "TestShipped_EachSecretCanBeInAFile",
	"REDIS_URL_FILE":              "TestShipped_EachSecretCanBeInAFile",
	"SMTP_URL_FILE":               "TestShipped_EachSecretCanBeInAFile",
	"MEDIA_URL_FILE":              "TestShipped_EachSecretCanBeInAFile",
	"OTEL_EXPORTER_OTLP_ENDPOINT": "TestTraces_AreOfRequestsAndHoldNoSecret",
	"OTEL_SERVICE_NAME":           "TestTraces_AreOfRequestsAndHoldNoSecret",
	"OTEL_TRACES_SAMPLER_ARG":     "TestTraces_AClientNeitherForcesNorSuppressesOne",
}

func TestShipped_EverySettingHasItsEffect(t *testing.T) {
	t.Parallel()
	for _, s := range settings {
		t.Run(s.variable, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s.shows(t, serve(t, dir, append(slices.Clone(s.more), s.variable)...), dir)
		})
	}
}

func TestShipped_NoSettingIsLeftOut(t *testing.T) {
	t.Parallel()
	example, err := os.ReadFile(filepath.Join(harness.Root(), ".env.example"))
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`(?m)^#([A-Z_]+)=`).FindAllStringSubmatch(string(example), -1)
	if len(names) < 30 {
		t.Fatalf("only %d settings found", len(names))
	}
	for _, name := range names {
		_, elsewhere := shownElsewhere[name[1]]
		here := slices.ContainsFunc(settings, func(s setting) bool { return strings.HasPrefix(s.variable, name[1]+"=") })
		if here == elsewhere {
			t.Errorf("%s: shown here %v, elsewhere %v; want one of the two", name[1], here, elsewhere)
		}
	}
}

// mailed starts the program with a mail server and these variables, and signs Ada
// up. It returns her mail.
func mailed(t *testing.T, variables ...string) (mail harness.Mail) {
	t.Helper()
	server := harness.NewMailServer(t)
	serve(t, t.TempDir(), append([]string{"SMTP_URL=" + server.URL, "MAIL_FROM=Example <no-reply@example.com>"}, variables...)...).SignUp("ada")
	harness.Await(t, func() error {
		mails := server.Mails("")
		if len(mails) == 0 {
			return errors.New("no mail has come")
		}
		mail = mails[0]
		return nil
	})
	return mail
}

func wantMailLimited(t *testing.T, p *harness.Process, _ string) {
	t.Helper()
	forgot := func() harness.Answer {
		return p.Send("POST", harness.ForgotPasswordPath, "", harness.Object("email", "nobody@example.com"))
	}
	forgot().Want(t, 200, "")
	wantLimit(t, forgot(), "1")
}

func wantStrictTransport(want string) func(*testing.T, *harness.Process, string) {
	return func(t *testing.T, p *harness.Process, _ string) {
		for proto, want := range map[string]string{"https": want, "http": ""} {
			if got := p.Send("GET", "/healthz", "", "", "X-Forwarded-Proto", proto).Header.Get("Strict-Transport-Security"); got != want {
				t.Errorf("over %s: %q, want %q", proto, got, want)
			}
		}
	}
}

func wantFile(name string) func(*testing.T, *harness.Process, string) {
	return func(t *testing.T, p *harness.Process, dir string) {
		p.SignUp("ada")
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(filepath.Join(dir, "data", "sallyport.db")); err == nil {
			t.Error("it made the database of the default too")
		}
	}
}

func wantLives(access, refresh time.Duration) func(*testing.T, *harness.Process, string) {
	return func(t *testing.T, p *harness.Process, _ string) {
		p.SignUp("ada")
		wantAges(t, p, access, refresh)
	}
}

// wantCookies wants the cookies of a sign-up to match, in their order.
func wantCookies(patterns ...string) func(*testing.T, *harness.Process, string) {
	return func(t *testing.T, p *harness.Process, _ string) {
		cookies := p.Send("POST", harness.RegisterPath, "", harness.Registration("ada")).Want(t, 201, "").Header.Values("Set-Cookie")
		for i, pattern := range patterns {
			if len(cookies) != max(2, len(patterns)) || !regexp.MustCompile(pattern).MatchString(cookies[i]) {
				t.Errorf("cookies %q, want %s", cookies, pattern)
			}
		}
	}
}

func wantSignUpsLimited(t *testing.T, p *harness.Process, _ string) {
	t.Helper()
	p.SignUp("ada")
	wantLimit(t, p.Send("POST", harness.RegisterPath, "", harness.Registration("grace")), "1")
}

func wantSignInsLimited(t *testing.T, p *harness.Process, _ string) {
	t.Helper()
	p.SignUp("ada")
	p.Login("ada", harness.WrongPassword).Want(t, 401, "invalid_credentials")
	wantLimit(t, p.Login("ada", harness.WrongPassword), "1")
}

func wantRefreshesLimited(t *testing.T, p *harness.Process, _ string) {
	t.Helper()
	next := p.Refresh(p.SignUp("ada").Refresh).Want(t, 200, "").Tokens(t)
	wantLimit(t, p.Refresh(next.Refresh), "1")
}

// wantPages wants just these of the pages to be there.
func wantPages(there ...string) func(*testing.T, *harness.Process, string) {
	return func(t *testing.T, p *harness.Process, _ string) {
		for _, path := range pages {
			want := map[bool]int{true: 200, false: 404}[slices.Contains(there, path)]
			if got := status(t, p, path, overHTTPS...); got != want {
				t.Errorf("%s: %d, want %d", path, got, want)
			}
		}
		if shown := strings.Contains(p.Stdout.String(), "/docs\n"); shown != slices.Contains(there, "/docs") {
			t.Errorf("the banner shows the reference: %v", shown)
		}
	}
}
