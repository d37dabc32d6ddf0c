package binary

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"sallyport/tests/harness"
)

// pages are what DOCS and DEMO switch, by path.
var pages = []string{"/", "/admin", "/docs", "/openapi.yaml", "/assets/app.js", "/assets/swagger/swagger-ui.css"}

// recommended is docs/security/decisions.md and OWASP ASVS 11.4.2: 19 MiB, two
// rounds, a salt of 16 bytes and a hash of 32.
var recommended = regexp.MustCompile(`^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$`)

func TestShipped_PasswordsAreHashedAsRecommended(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := serve(t, dir)
	tokens := p.SignUp("ada")
	stored := func() (hash string) {
		if err := database(t, dir).QueryRow("SELECT password_hash FROM users").Scan(&hash); err != nil {
			t.Fatal(err)
		}
		return hash
	}
	first := stored()
	p.Send("POST", harness.ChangePasswordPath, tokens.Access, harness.PasswordChange(harness.Password, harness.NextPassword)).Want(t, 200, "")
	for what, hash := range map[string]string{"of a new account": first, "after a change": stored()} {
		if !recommended.MatchString(hash) {
			t.Errorf("the hash %s is %s", what, hash)
		}
	}
}

func TestShipped_DefaultsOfDevelopment(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := serve(t, dir, "RATE_LIMITS=") // as if it were not set
	for _, path := range pages {
		if got := status(t, p, path); got != 200 {
			t.Errorf("%s: %d", path, got)
		}
	}
	if !strings.Contains(p.Stdout.String(), "API reference:        "+p.URL+"/docs\n") {
		t.Errorf("the banner does not show the reference: %s", p.Stdout.String())
	}
	if described, err := harness.Spec(); err != nil || p.Send("GET", "/openapi.yaml", "", "").Raw != string(described) {
		t.Errorf("/openapi.yaml is not the description: %v", err)
	}
	_, port, err := net.SplitHostPort(p.Address())
	if err != nil {
		t.Fatal(err)
	}
	if connection, err := net.Dial("tcp", "127.0.0.2:"+port); err == nil { // as near as the next machine
		connection.Close()
		t.Error("it listens on more than 127.0.0.1")
	}

	if n := harness.Column(t, database(t, dir), "SELECT CAST(count(*) AS TEXT) FROM users"); n != "0" {
		t.Errorf("a new database has %s users", n)
	}
	tokens := p.SignUp("ada")
	wantAges(t, p, 15*time.Minute, 7*24*time.Hour)
	if behind := time.Since(p.Send("GET", harness.SessionsPath, tokens.Access, "").Sessions(t)[0].SignedInAt).Abs(); behind > time.Minute {
		t.Errorf("its clock is off by %v", behind)
	}
	next := p.Refresh(tokens.Refresh).Want(t, 200, "").Tokens(t)
	if again := p.Refresh(tokens.Refresh).Want(t, 200, "").Tokens(t); again.Refresh != next.Refresh {
		t.Error("within the grace time a used token has another successor")
	}
	for range 5 {
		p.Login("ada", harness.WrongPassword).Want(t, 401, "invalid_credentials")
	}
	wantLimit(t, p.Login("ada", harness.WrongPassword), "5")

	p.CurrentUser(next.Access).Want(t, 200, "")
	db := database(t, dir)
	harness.Await(t, func() error { // the first use is written, which drops the snapshot
		if row := harness.Column(t, db, "SELECT refresh_tokens FROM users"); strings.Contains(row, "unconfirmed") {
			return errors.New(row)
		}
		return nil
	})
	p.CurrentUser(next.Access).Want(t, 200, "")
	if _, err := db.Exec("UPDATE users SET disabled_at = created_at"); err != nil {
		t.Fatal(err)
	}
	p.CurrentUser(next.Access).Want(t, 200, "") // the price of SESSION_CACHE_TTL, which is bounded by it
	p.Refresh(next.Refresh).Want(t, 401, "session_ended")
}

const rounding = 10 * time.Second // of the whole seconds that are left, on a machine that is busy

// wantAges signs in and fails unless the cookies live as long as their tokens.
func wantAges(t *testing.T, p *harness.Process, access, refresh time.Duration) {
	t.Helper()
	cookies := p.Send("POST", harness.LoginPath, "", harness.LoginBody("ada", harness.Password)).Want(t, 200, "").Cookies()
	if len(cookies) != 2 {
		t.Errorf("%d cookies", len(cookies))
	}
	for _, cookie := range cookies {
		want := map[string]time.Duration{"accessToken": access, "refreshToken": refresh}[cookie.Name]
		if got := time.Duration(cookie.MaxAge) * time.Second; got < want-rounding || got > want {
			t.Errorf("%s lives %v, want %v", cookie.Name, got, want)
		}
	}
}

// wantLimit fails unless a limit of this many refused.
func wantLimit(t *testing.T, answer harness.Answer, quota string) {
	t.Helper()
	answer.Want(t, 429, "rate_limited")
	if got := answer.Header.Get("RateLimit-Limit"); got != quota {
		t.Errorf("RateLimit-Limit is %q, want %q", got, quota)
	}
}

const publicURL = "https://auth.example.com"

// production is the least that APP_ENV=production starts with.
var production = []string{
	"APP_ENV=production", "RATE_LIMITS=", "PUBLIC_URL=" + publicURL, "TRUSTED_PROXIES=127.0.0.1",
	"ACCESS_TOKEN_SECRET=" + harness.AccessSecret, "REFRESH_TOKEN_SECRET=" + harness.RefreshSecret,
}

var overHTTPS = []string{"X-Forwarded-Proto", "https"}

// Source: OWASP ASVS 13.4.1, 13.4.2, 13.4.5, 15.2.3.
func TestShipped_ProductionServesTheAPIAndNothingElse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{".git/HEAD", ".env.old", "docs/index.html", "assets/app.js"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		harness.WriteFile(t, dir, name, []byte("of the folder\n"))
	}
	p := serve(t, dir, production...)
	for _, path := range append(pages,
		"/.git/HEAD", "/.git/", "/.env.old", "/docs/index.html", "/data/sallyport.db", "/go.mod", "/.svn/entries",
		"/debug/pprof/", "/debug/vars", "/metrics", "/swagger", "/index.html",
	) {
		p.Send("GET", path, "", "", overHTTPS...).Want(t, 404, "not_found")
	}
	for _, path := range []string{"/verify-email", "/reset-password", "/undo-email-change", "/assets/link.js"} { // of links in mail
		if got := status(t, p, path, overHTTPS...); got != 200 {
			t.Errorf("%s: %d", path, got)
		}
	}
	if strings.Contains(p.Stdout.String(), "/docs") {
		t.Error("the banner shows a page that is not there")
	}
	if got := status(t, p, harness.CurrentUserPath); got != 403 {
		t.Errorf("over plain HTTP: %d", got)
	}
	bare := p.Send("GET", harness.CurrentUserPath, "", "", overHTTPS...).Want(t, 401, "missing_token")
	for name := range bare.Header {
		if name == "Server" || strings.HasPrefix(name, "X-Powered") || strings.Contains(name, "Version") {
			t.Errorf("%s: %s", name, bare.Header.Get(name))
		}
	}
	broken := p.Send("POST", harness.LoginPath, "", `{"email":`, overHTTPS...).Want(t, 400, "malformed_json")
	if debugging.MatchString(broken.Raw) {
		t.Errorf("an answer for developers: %s", broken.Raw)
	}
	p.Stop(syscall.SIGTERM)
	if text := p.Stderr.String() + p.Stdout.String(); strings.Contains(text, "[GIN") || strings.Contains(text, `"level":"DEBUG"`) {
		t.Errorf("it writes what helps to debug:\n%s", text)
	}
}

var debugging = regexp.MustCompile(`\.go:\d|goroutine|handlers\.|json\.|jsontext|unexpected EOF`)

func TestShipped_StoppedItHasWrittenEverything(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := serve(t, dir)
	p.SignUp("ada")
	p.Send("GET", "/healthz", "", "").Want(t, 200, "")
	p.Stop(syscall.SIGTERM)
	if n := strings.Count(p.Stderr.String(), `"msg":"request"`); n != 2 {
		t.Errorf("%d lines of two requests", n)
	}
	if _, err := os.Stat(filepath.Join(dir, "data", "sallyport.db-wal")); err == nil {
		t.Error("the database was not closed: its newest changes are in a file of their own")
	}
}

func TestShipped_SaysAtTheStartWhatIsNotSafe(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir(), "COOKIE_SECURE=false")
	for _, name := range []string{"RATE_LIMITS=off", "COOKIE_SECURE=false", "secrets.env"} {
		if !strings.Contains(p.Stderr.String(), name) {
			t.Errorf("the log does not speak of %s", name)
		}
	}
}

// Source: docs/security/decisions.md, OWASP ASVS 13.2.2.
func TestShipped_OnPostgresItNeedsNoTableOfItsOwn(t *testing.T) {
	t.Parallel()
	address := harness.PostgresURL(t)
	if code := harness.Built(t).Begin(t, t.TempDir(), []string{"migrate"}, "DATABASE_URL="+address).ExitCode(); code != 0 {
		t.Fatalf("migrate: %d", code)
	}
	owner := harness.OpenSQL(t, "pgx", address)
	account := "server_of_" + harness.Column(t, owner, "SELECT current_database()") // the whole PostgreSQL server has it, which tests share
	for _, statement := range []string{
		"CREATE ROLE " + account + " LOGIN",
		"GRANT SELECT, INSERT, UPDATE, DELETE ON users, one_time_tokens, outbox, activity TO " + account,
		"GRANT SELECT, INSERT, DELETE ON news, admin_actions TO " + account,
		"GRANT SELECT, INSERT, UPDATE ON leases TO " + account,
		"GRANT SELECT, UPDATE ON unknown_logins TO " + account,
		"GRANT SELECT ON sallyport_migrations TO " + account,
	} {
		if _, err := owner.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	restricted := strings.Replace(address, "//postgres@", "//"+account+"@", 1)
	p := serve(t, t.TempDir(), "MIGRATE=off", "DATABASE_URL="+restricted)
	p.SignUp("ada")
	session := p.SignIn("ada")
	p.Login("ada", harness.WrongPassword).Want(t, 401, "invalid_credentials")
	p.Login("nobody", harness.WrongPassword).Want(t, 401, "invalid_credentials")
	session = p.Refresh(session.Refresh).Want(t, 200, "").Tokens(t)
	p.ChangePassword(session.Access, harness.Password, harness.NextPassword).Want(t, 200, "")
	session = p.Login("ada", harness.NextPassword).Want(t, 200, "").Tokens(t)
	p.Send("GET", harness.ActivityPath, session.Access, "").Want(t, 200, "")
	p.Send("DELETE", harness.CurrentUserPath, session.Access, harness.Object("password", harness.NextPassword)).Want(t, 200, "")
	p.Send("GET", "/readyz", "", "").Want(t, 200, "")
	if err := harness.Start(t, "DATABASE_URL="+restricted).Sweep(t.Context()); err != nil {
		t.Errorf("what the program does once an hour: %v", err)
	}
}
