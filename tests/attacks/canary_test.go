package attacks

import (
	"errors"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sallyport/config"
	"sallyport/middleware"
	"sallyport/tests/harness"
)

// What only this test's users and configuration know. All but the keys, which
// have to look random, begin with "canary".
const (
	canaryAccessKey    = "cAnArYk1-Xq7vR2mK9tLw4pZc8nYb3sH"
	canaryRefreshKey   = "cAnArYk2-Bn5hT8wQ2kVx7rMz4cPy9dL"
	canaryDatabaseWord = "canary-database-Yw5"
	canaryPassword     = "canary-first-Kestrel-Plum-71"
	canaryNextPassword = "canary-second-Anvil-Fjord-82"
)

func TestCanary_NoSecretIsLoggedAnsweredOrStored(t *testing.T) {
	t.Parallel()
	for _, database := range []string{"sqlite", "postgres"} {
		t.Run(database, func(t *testing.T) {
			variables := []string{"LOG_LEVEL=debug", "ACCESS_TOKEN_SECRET=" + canaryAccessKey, "REFRESH_TOKEN_SECRET=" + canaryRefreshKey, "RATE_LIMITS=on",
				"LIMIT_LOGIN_PER_ADDRESS=100000/second", "LIMIT_LOGIN_PER_ACCOUNT=100000/second", "LIMIT_REGISTER_PER_ADDRESS=100000/second"}
			if database == "postgres" {
				variables = append(variables, "DATABASE_URL="+strings.Replace(harness.MigratedPostgresURL(t), "postgres@", "postgres:"+canaryDatabaseWord+"@", 1))
			}
			server := harness.Start(t, variables...)
			a := &canaries{t: t, statuses: map[int]bool{}}
			a.plant(canaryAccessKey, canaryRefreshKey, "canary")

			liveThrough(a, server)
			everyRoute(a, server)
			everyRoute(a, withoutHasher(t, server)) // panics, and limits
			stored := everythingStored(t, server)
			if err := server.Store.Close(); err != nil {
				t.Fatal(err)
			}
			everyRoute(a, server) // 500, and 503 of readiness

			for _, status := range []int{200, 201, 400, 401, 403, 404, 405, 409, 413, 415, 429, 500, 503} {
				if !a.statuses[status] {
					t.Errorf("no request was answered %d", status)
				}
			}
			if log := server.Log.String(); strings.Count(log, "\n") < 500 || !strings.Contains(log, "panic: ") {
				t.Errorf("the log is not that of these requests: %d bytes", len(log))
			}
			if !strings.Contains(stored, "ada@example.com") {
				t.Error("what was read is not the database")
			}
			a.search("log", server.Log.String())
			a.search("answers", strings.Join(a.answers, "\n"))
			a.search("database and files", stored)
			if strings.Contains(server.Log.String()+strings.Join(a.answers, ""), "$argon2") {
				t.Error("a password's hash came out")
			}
		})
	}
}

// liveThrough does all that a user can do with a password and tokens, and gets
// it wrong too.
func liveThrough(a *canaries, server *harness.Server) {
	a.t.Helper()
	post := func(path, body string, tokens harness.Tokens, inBody bool, header ...string) harness.Tokens {
		a.t.Helper()
		return a.send(server, request{method: "POST", path: path, contentType: "application/json", body: body, tokens: tokens, inBody: inBody, header: header})
	}
	registration := strings.Replace(harness.Registration("ada"), harness.Password, canaryPassword, 1)
	none := harness.Tokens{}
	first := post(harness.RegisterPath, registration, none, false)
	post(harness.RegisterPath, registration, none, false) // 409
	second := post(harness.LoginPath, harness.InBody(harness.LoginBody("ada", canaryPassword)), none, true)
	post(harness.LoginPath, harness.LoginBody("ada", a.canary()), none, false)
	post(harness.LoginPath, harness.Object("username", a.canary(), "password", canaryPassword), none, false) // a password in the wrong field
	first = post(harness.RefreshPath, "", first, false)
	second = post(harness.RefreshPath, harness.RefreshBody(second.Refresh), none, true, "Cookie", "")
	post(harness.ChangePasswordPath, harness.PasswordChange(a.canary(), canaryNextPassword), first, false)
	post(harness.ChangePasswordPath, harness.PasswordChange(canaryPassword, canaryPassword), first, false)
	third := post(harness.ChangePasswordPath, harness.PasswordChange(canaryPassword, canaryNextPassword), none, true, "Authorization", "Bearer "+second.Access, "Cookie", "")
	post(harness.RefreshPath, "", first, false) // ended
	post(harness.LogoutPath, "", third, false)
}

// everyRoute asks each route as nobody, as Ada, and in every wrong way.
func everyRoute(a *canaries, server *harness.Server) {
	a.t.Helper()
	const json = "application/json"
	for _, r := range harness.Routes(a.t) {
		ada := func() harness.Tokens {
			return a.send(server, request{method: "POST", path: harness.LoginPath, contentType: json, body: harness.LoginBody("ada", canaryNextPassword)})
		}
		for _, tokens := range []harness.Tokens{{}, ada()} {
			a.send(server, request{method: r.Method, path: r.Path, contentType: json, body: r.Body, tokens: tokens})
		}
		a.send(server, request{method: "PUT", path: r.Path, contentType: json})
		a.send(server, request{method: r.Method, path: r.Path, contentType: json, header: []string{"Authorization", "Bearer " + a.canary()}})
		a.send(server, request{method: r.Method, path: r.Path, contentType: json, header: []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}})
		if r.Method == http.MethodGet {
			continue
		}
		a.send(server, request{method: r.Method, path: r.Path, contentType: "text/plain", body: a.canary(), tokens: ada()})
		for _, body := range []string{
			`{"password":"` + a.canary(),
			`{"password":["` + a.canary() + `"],"oldPassword":{"` + a.canary() + `":1},"refreshToken":7}`,
			`{"password":"x","password":"` + a.canary() + `"}`,
			`{"oldPassword":"` + a.canary() + `","newPassword":"` + a.canary() + `"} ` + a.canary(),
			`{"fullName":"` + a.canary() + `","username":"` + a.canary() + `","email":"` + a.canary() + `","password":"` + a.canary() + `","transport":"` + a.canary() + `"}`,
			`"` + strings.Repeat(a.canary(), 2000) + `"`,
		} {
			if r.Path == harness.UpdateAccountPath && strings.Contains(body, "fullName") {
				continue // a name is there to be seen
			}
			a.send(server, request{method: r.Method, path: r.Path, contentType: json, body: body, tokens: ada()})
		}
	}
	a.send(server, request{method: "GET", path: "/nowhere", contentType: json})
}

// withoutHasher serves the same program on the same database, with few sign-ins
// allowed and without a hasher: whatever needs it panics.
func withoutHasher(t *testing.T, server *harness.Server) *harness.Server {
	t.Helper()
	cfg := server.Config
	cfg.Limits.Rates = maps.Clone(cfg.Limits.Rates)
	cfg.Limits.Rates[config.LoginPerAddress] = []config.Rate{{Count: 3, Period: time.Hour}}
	log := slog.New(middleware.LogLines(slog.NewJSONHandler(server.Log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	return harness.Parts{Config: cfg, Store: server.Store, Now: time.Now, Log: log}.Serve(t)
}

func TestAttack35_APanicIsAnAnswerAndTheProgramLives(t *testing.T) {
	server := harness.Start(t, "RATE_LIMITS=on")
	ada, broken := server.SignUp(t, "ada"), withoutHasher(t, server) // signing in panics
	answer := broken.Ask(t, "POST", harness.LoginPath, harness.LoginBody("ada", harness.Password), "Content-Type", "application/json", "Authorization", "Bearer hunter2").
		Want(t, http.StatusInternalServerError, "internal_error")
	if answer.Message != "something went wrong on our side" || len(answer.Errors) != 0 || len(answer.Cookies()) != 0 {
		t.Errorf("the answer shows too much: %v %s", answer.Header, answer.Raw)
	}
	log := server.Log.String()
	for _, want := range []string{"request failed", "panic: ", "auth.(*Service).Login", answer.Header.Get("X-Request-Id")} {
		if !strings.Contains(log, want) {
			t.Errorf("the log has no %s", want)
		}
	}
	if strings.Contains(log, "hunter2") || strings.Contains(log, harness.Password) {
		t.Error("the log holds what the request held")
	}
	broken.Ask(t, "GET", harness.CurrentUserPath, "", "Cookie", ada.Tokens().Cookies()).Want(t, http.StatusOK, "")
}

// everythingStored is the database, every table of it, and every file that the
// program keeps.
func everythingStored(t *testing.T, server *harness.Server) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(server.Config.DataDir, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || err == nil && entry.IsDir() {
			return nil // PostgreSQL needs no folder
		}
		content, err := os.ReadFile(path)
		all.Write(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if server.Config.Database.Driver == "postgres" {
		db := server.SQL(t)
		for _, table := range strings.Fields(harness.Column(t, db, `SELECT string_agg(quote_ident(table_name), ' ') FROM information_schema.tables WHERE table_schema = 'public'`)) {
			all.WriteString(harness.Column(t, db, `SELECT coalesce(string_agg(row::text, ' '), '') FROM `+table+` AS row`))
		}
	}
	return all.String()
}

func TestCanary_ThePasswordOfRedisStaysInside(t *testing.T) {
	t.Parallel()
	const password = "canary-redis-Tk4"
	redis := harness.NewRedis(t)
	redis.Command("CONFIG SET requirepass " + password)
	server := harness.Start(t, limitsOn("LOG_LEVEL=debug", "REDIS_URL="+strings.Replace(redis.URL, "redis://", "redis://:"+password+"@", 1))...)
	ada := server.SignUp(t, "ada")
	redis.Stop()
	answer := ada.Login("ada", harness.Password).Want(t, http.StatusServiceUnavailable, "unavailable")
	if log := server.Log.String(); !strings.Contains(log, "limits_unavailable") || strings.Contains(log+answer.Raw, password) {
		t.Errorf("%s %s", answer.Raw, log)
	}
}

func TestCanary_AProgramThatCannotStartShowsNoSecret(t *testing.T) {
	t.Parallel()
	const secret = "canary-start-Vd6"
	for _, variable := range []string{
		"DATABASE_URL=postgres://ada:" + secret + "@127.0.0.1:1/x",
		"DATABASE_URL=postgres://ada:" + secret + "%zz@127.0.0.1:1/x",
		"DATABASE_URL=mysql://ada:" + secret + "@127.0.0.1/x",
		"REDIS_URL=redis+cluster://:" + secret + "@127.0.0.1:1/0",
		"REDIS_URL=redis://:" + secret + "%zz@127.0.0.1:1/0",
		"ACCESS_TOKEN_SECRET=" + secret,
		"REFRESH_TOKEN_SECRET=" + strings.Repeat(secret, 4),
		"PUBLIC_URL=https://ada:" + secret + "@auth.example.com",
		"CORS_ORIGIN=https://ada:" + secret + "@app.example.com",
	} {
		p := harness.Built(t).Begin(t, t.TempDir(), nil, "PORT=0", "LOG_LEVEL=debug", variable)
		<-p.Exited
		name, _, _ := strings.Cut(variable, "=")
		if said := p.Stdout.String() + p.Stderr.String(); !strings.Contains(said, name) || strings.Contains(said, secret) {
			t.Errorf("%s: %s", variable, said)
		}
	}
}
