package journeys

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"sallyport/tests/harness"
)

// eventsTest follows the log of one server.
type eventsTest struct {
	t      *testing.T
	server *harness.Server
	read   int
}

// lines returns what was logged since the last call, requests' lines apart.
func (e *eventsTest) lines() (events []map[string]any) {
	e.t.Helper()
	log := e.server.Log.String()
	for line := range strings.Lines(log[e.read:]) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			e.t.Fatal(err)
		}
		if fields["event"] != nil {
			events = append(events, fields)
		}
	}
	e.read = len(log)
	return events
}

// want fails unless the action logs exactly these events, each spelled "name
// field field=value …".
func (e *eventsTest) want(action func(), events ...string) {
	e.t.Helper()
	e.lines()
	action()
	got := e.lines()
	if len(got) != len(events) {
		e.t.Fatalf("logged %v, want %q", got, events)
	}
	for i, want := range events {
		name, fields, _ := strings.Cut(want, " ")
		if got[i]["event"] != name || got[i]["ip"] != "127.0.0.1" || got[i]["requestId"] == nil || !strings.HasSuffix(got[i]["time"].(string), "Z") {
			e.t.Errorf("logged %v, want %q with time, address and request", got[i], want)
		}
		for field := range strings.FieldsSeq(fields) {
			key, value, exact := strings.Cut(field, "=")
			if text, isText := got[i][key].(string); got[i][key] == nil || isText && text == "" || exact && text != value {
				e.t.Errorf("logged %v, want %s", got[i], field)
			}
		}
	}
}

// followEvents starts a server whose events a test looks at, with Ada signed in.
func followEvents(t *testing.T) (*eventsTest, *harness.Client) {
	t.Helper()
	server := harness.Start(t, "LOG_LEVEL=debug", "LOG_FORMAT=json", "MAX_SESSIONS=2", "SESSION_CACHE_TTL=0", "REFRESH_GRACE=0")
	e := &eventsTest{t: t, server: server}
	ada := server.Client(t)
	e.want(func() { ada.Post(harness.RegisterPath, harness.Registration("ada")).Want(t, 201, "") }, "registered factors=password"+who)
	return e, ada
}

const who = " userId sessionId"

// login is a sign-in that succeeds.
func (e *eventsTest) login(c *harness.Client) func() {
	return func() { e.t.Helper(); c.Login("ada", harness.Password).Want(e.t, 200, "") }
}

// refused is a sign-in that fails, on a device of its own.
func (e *eventsTest) refused(username, password string) func() {
	return func() {
		e.t.Helper()
		e.server.Client(e.t).Post(harness.LoginPath, harness.Object("username", username, "password", password)).Want(e.t, 401, "invalid_credentials")
	}
}

func TestEvents_SignIns(t *testing.T) {
	e, ada := followEvents(t)
	other := e.server.Client(t)
	e.want(e.login(other), "login_succeeded factors=password"+who)
	e.want(e.login(other), "login_succeeded"+who, "logged_out"+who) // the device signs in anew, and nobody has to make room
	e.want(e.login(e.server.Client(t)), "login_succeeded"+who, "session_evicted"+who)
	e.want(func() { other.Logout().Want(t, 200, "") }, "logged_out"+who)
	e.want(func() { other.Logout().Want(t, 200, "") })
	e.want(func() { ada.CurrentUser().Want(t, 401, "session_ended") }, "ended_session_used"+who) // evicted
}

func TestEvents_RefusedSignInsSayWhyInTheLogOnly(t *testing.T) {
	t.Parallel()
	e, _ := followEvents(t)
	e.want(e.refused("ada", "wrong"), "login_failed reason=wrong_password userId")
	e.want(e.refused("hunter2", "wrong"), "login_failed reason=unknown_user") // a password in the wrong field
	e.want(e.refused("ada", strings.Repeat("x", 300)), "login_failed reason=password_too_long")
	for range lockAfter - 2 {
		e.refused("ada", "wrong")()
	}
	e.want(e.refused("ada", "wrong"), "login_failed reason=wrong_password userId", "password_locked userId")
	e.want(e.refused("ada", harness.Password), "login_failed reason=password_locked userId")
	e.server.Disable(t, "ada")
	e.want(e.refused("ada", harness.Password), "login_failed reason=user_disabled userId")
	if strings.Contains(e.server.Log.String(), "hunter2") {
		t.Error("the log holds what was typed as a name")
	}
}

const lockAfter = 100 // wrong passwords in a row, docs/limits.md

func TestEvents_Refreshes(t *testing.T) {
	e, ada := followEvents(t)
	stolen := ada.Copy()
	e.want(func() { ada.Refresh().Want(t, 200, "") }, "token_refreshed"+who)
	e.want(func() { stolen.Refresh().Want(t, 401, "token_reused") }, "refresh_token_reuse"+who)
	e.want(func() { ada.CurrentUser().Want(t, 401, "session_ended") }, "ended_session_used"+who)
	e.want(func() { ada.Refresh().Want(t, 401, "session_ended") }, "ended_session_used"+who)
}

func TestEvents_WhatASignedInUserDoes(t *testing.T) {
	e, ada := followEvents(t)
	change := func(old string, status int, code string) func() {
		return func() {
			ada.ChangePassword(old, harness.NextPassword).Want(t, status, code)
		}
	}
	other := e.server.Client(t)
	e.want(e.login(other), "login_succeeded"+who)
	e.want(func() { ada.CurrentUser().Want(t, 200, "") }) // no event: it is the commonest request
	e.want(func() { ada.Delete(harness.SessionsPath+"/nobodys").Want(t, 404, "not_found") }, "access_denied"+who)
	e.want(func() { ada.Delete(harness.SessionsPath+"/"+other.SessionID()).Want(t, 200, "") }, "session_ended endedSessionId"+who)
	e.want(func() { ada.Delete(harness.SessionsPath).Want(t, 200, "") }, "sessions_ended ended"+who)
	e.want(change("wrong", 400, "validation_failed"), "password_refused reason=wrong_password"+who)
	e.want(change(strings.Repeat("x", 300), 400, "validation_failed"), "password_refused reason=password_too_long")
	e.want(change(harness.Password, 200, ""), "password_changed ended"+who)
}

func TestEvents_WhatNoHonestClientSends(t *testing.T) {
	e, ada := followEvents(t)
	stranger, token := e.server.Client(t), ada.Cookie("accessToken")
	stranger.Header.Set("Authorization", "Bearer "+token[:len(token)-10]+"AAAAAAAAAA")
	e.want(func() { stranger.CurrentUser().Want(t, 401, "invalid_token") }, "forged_token token=access")
	e.want(func() { stranger.Post(harness.RefreshPath, `{"refreshToken":"rubbish"}`).Want(t, 401, "invalid_token") }, "invalid_token token=refresh")
	stranger.Header = http.Header{"Cookie": {"accessToken=" + token + "; accessToken=" + e.server.SignUp(t, "eve").Tokens().Access}}
	e.want(func() { stranger.CurrentUser().Want(t, 400, "ambiguous_cookie") }, "ambiguous_cookie token=access")
	stranger.Header = http.Header{"Origin": {"https://evil.example"}}
	e.want(func() { stranger.Logout().Want(t, 403, "cross_origin") }, "cross_origin_refused origin=https://evil.example")
}

func TestEvents_LinesOfRequestsSayWhoAndWhyNot(t *testing.T) {
	server := harness.Start(t, "LOG_FORMAT=json")
	ada := server.SignUp(t, "ada")
	ada.CurrentUser().Want(t, 200, "")
	ada.Post(harness.LoginPath, `{"password":`).Want(t, 400, "malformed_json")
	server.Clock.Advance(time.Hour)
	ada.CurrentUser().Want(t, 401, "token_expired")
	for _, want := range []string{
		`"path":"/api/v1/users/current-user","status":200,`, `"userId":"`, `"sessionId":"`,
		`"code":"malformed_json"`, `"code":"token_expired"`,
	} {
		if !strings.Contains(server.Log.String(), want) {
			t.Errorf("no %s in %s", want, server.Log)
		}
	}
}
