package binary

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"sallyport/tests/harness"
)

const usersPath = "/api/v1/admin/users"

// TestUserCommands_AreInEffectWhenTheyReturn asks a server that remembers the user
// from a moment before.
func TestUserCommands_AreInEffectWhenTheyReturn(t *testing.T) {
	t.Parallel()
	harness.OnEachEmptyDatabase(t, func(t *testing.T, dir, variable string, _ *sql.DB) {
		server := serve(t, dir, variable)
		for _, tt := range []struct {
			args   string
			before int // the answer to a request of the administrators' page
			effect func(tokens harness.Tokens)
		}{
			{"disable", 403, server.WantEnded},
			{"sessions --end=all", 403, server.WantEnded},
			{"sessions --end=ID", 403, server.WantEnded},
			{"delete --yes", 403, server.WantEnded},
			{"role admin", 403, func(tokens harness.Tokens) { server.Send("GET", usersPath, tokens.Access, "").Want(t, 200, "") }},
		} {
			t.Run(tt.args, func(t *testing.T) {
				t.Parallel()
				name := "u" + strings.NewReplacer(" ", "", "-", "", "=", "").Replace(tt.args)
				tokens := server.SignUp(name)
				session := server.Send("GET", harness.SessionsPath, tokens.Access, "").Sessions(t)[0].ID
				command, rest, _ := strings.Cut(strings.Replace(tt.args, "ID", session, 1), " ")
				for range 3 { // it remembers the user now
					server.Send("GET", usersPath, tokens.Access, "").Want(t, tt.before, "forbidden")
				}
				runCommand(t, dir, "", fmt.Sprintf("user %s %s %s", command, name, rest), variable).want(t, 0, "every running server")
				tt.effect(tokens)
			})
		}
	})
}

func TestUserCommands_WhatWasDisabledCanBeEnabled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	server := serve(t, dir)
	server.SignUp("ada")
	runCommand(t, dir, "", "user disable ADA@example.com").want(t, 0, "disabled ada")
	server.Login("ada", harness.Password).Want(t, 401, "invalid_credentials")
	runCommand(t, dir, "", "user enable ada").want(t, 0, "enabled ada")
	server.SignIn("ada")
}

func TestUserCreate_MakesTheFirstAdministratorBeforeTheFirstStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const create = "user create ada ada@example.com --role admin"
	runCommand(t, dir, harness.Password, create).want(t, 1, "sallyport migrate") // there is no database
	runCommand(t, dir, "", "migrate", "DATA_DIR=data").want(t, 0, "")
	runCommand(t, dir, harness.Password+"\n", create+" --full-name=Ada").want(t, 0, "created admin ada")
	harness.WriteFile(t, dir, "password", []byte("\ufeff"+harness.NextPassword+"\r\n"))
	type user struct {
		ID, Username, Email, FullName, Role, CreatedAt, UpdatedAt string
		EmailVerified                                             bool
		DisabledAt                                                *string
		FailedLogins                                              int
	}
	eve := decode[user](t, runCommand(t, dir, "", "user create eve eve@example.com --password-file=password --verified --json"))
	if eve.Username != "eve" || eve.Role != "user" || !eve.EmailVerified || eve.FullName != "eve" {
		t.Errorf("created %+v", eve)
	}
	server := serve(t, dir)
	server.Send("GET", usersPath, server.SignIn("ada").Access, "").Want(t, 200, "")
	server.Login("eve", harness.NextPassword).Want(t, 200, "")
	if said := runCommand(t, dir, "", "user show eve").want(t, 0, "SIGNED IN").stdout; strings.Contains(said, "$argon2id") {
		t.Errorf("it shows the hash: %s", said)
	}
	shown := decode[struct {
		user
		Sessions []struct{ ID, Device, UserAgent, IP, SignedInAt, LastUsedAt, ExpiresAt string }
	}](t, runCommand(t, dir, "", "user show --json "+eve.ID))
	if shown.user.ID != eve.ID || len(shown.Sessions) != 1 || shown.Sessions[0].IP != "127.0.0.1" {
		t.Errorf("it shows %+v", shown)
	}
}

func TestUserCommands_RefuseWithoutDoingAnything(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	runCommand(t, dir, "", "migrate", "DATA_DIR=data").want(t, 0, "")
	runCommand(t, dir, harness.Password, "user create ada ada@example.com --role=admin").want(t, 0, "")
	harness.WriteFile(t, dir, "lines", []byte(harness.Password+"\nanother\n"))
	before := runCommand(t, dir, "", "user show ada").stdout
	for _, tt := range []struct {
		args, stdin string
		code        int
		says        string
	}{
		{"user create bob bob@example.com", "", 1, "there is no password in standard input"},
		{"user create bob bob@example.com", "\n" + harness.Password, 1, "there is no password in standard input"},
		{"user create bob bob@example.com", harness.Password + "\nanother", 1, "more than one line in standard input"},
		{"user create bob bob@example.com", strings.Repeat("x", 5000), 1, "more than one line"},
		{"user create bob bob@example.com --password-file=lines", "", 1, "more than one line in lines"},
		{"user create bob bob@example.com --password-file=none", "", 1, "--password-file: open none"},
		{"user create bob bob@example.com --password=x", "", 2, "unknown flag --password"},
		{"user create bob bob@example.com", "p\xe4ssword of Latin-1", 1, "password must be text in UTF-8"},
		{"user create bob bob@example.com", "\ufeff\n", 1, "there is no password in standard input"},
		{"user create bob nonsense", "short", 1, "email"},
		{"user create bob bob@example.com", "short", 1, "password must have at least 8"},
		{"user create bob bob@example.com", "bob@example.com", 1, "password"},
		{"user create Ada other@example.com", harness.Password, 1, "username is taken"},
		{"user create bob bob@example.com --role=root", harness.Password, 2, `must be one of "user","admin"`},
		{"user show nobody", "", 3, `no user has the email, username or id "nobody"`},
		{"user show 01a22679-5011-7ed8-a6d8-b3247c0ec33c", "", 3, "no user has"},
		{"user disable a\x1bb", "", 3, `"a\x1bb"`},
		{"user sessions ada --end=01a22679-5011-7ed8-a6d8-b3247c0ec33c", "", 3, "no such session"},
		{"user sessions ada --end=", "", 3, `"" is no id of a session`},
		{"user sessions ada --end=first", "", 3, `"first" is no id of a session`},
		{"user disable ada", "", 1, "last administrator"},
		{"user role ada user", "", 1, "last administrator"},
		{"user delete ada --yes", "", 1, "last administrator"},
		{"user delete ada", "ada\n", 2, "--yes"},
	} {
		t.Run(tt.args, func(t *testing.T) {
			t.Parallel()
			runCommand(t, dir, tt.stdin, tt.args).want(t, tt.code, tt.says)
		})
	}
	t.Cleanup(func() {
		if after := runCommand(t, dir, "", "user show ada").stdout; after != before {
			t.Errorf("before %s\nafter %s", before, after)
		}
		runCommand(t, dir, "", "user show bob").want(t, 3, "")
	})
}
