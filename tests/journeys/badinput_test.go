package journeys

import (
	"strings"
	"testing"

	"sallyport/tests/harness"
)

func TestRegister_NamesEveryBadField(t *testing.T) {
	server := harness.Start(t)
	for _, test := range []struct{ why, body, fields string }{
		{"nothing given", `{}`, "fullName username email password"},
		{"one of each kind of wrong", `{"fullName":"A\u0007","username":"a","email":"x","password":"short"}`, "fullName username email password"},
		{"a username that is an email", `{"fullName":"Ada","username":"ada@example.com","email":"a@example.com","password":"hard-to-guess-7"}`, "username"},
		{"an unknown transport", `{"fullName":"Ada","username":"ada","email":"a@example.com","password":"hard-to-guess-7","transport":"carrier"}`, "transport"},
	} {
		answer := server.Client(t).Post(harness.RegisterPath, test.body).Want(t, 400, "validation_failed")
		if got := strings.Join(answer.Fields(), " "); got != test.fields {
			t.Errorf("%s: fields %q, want %q", test.why, got, test.fields)
		}
	}
}

func TestRegister_DuplicatesAreConflicts(t *testing.T) {
	server := harness.Start(t)
	server.SignUp(t, "ada")
	for _, test := range []struct{ why, body, code, fields string }{
		{"the email in another case", `{"fullName":"B","username":"bob","email":"ADA@Example.COM","password":"hard-to-guess-7"}`, "email_taken", "email"},
		{"the username in another case and width", `{"fullName":"B","username":"ＡDA","email":"b@example.com","password":"hard-to-guess-7"}`, "username_taken", "username"},
		{"both", harness.Registration("ada"), "email_taken", "username email"},
	} {
		answer := server.Client(t).Post(harness.RegisterPath, test.body).Want(t, 409, test.code)
		if got := strings.Join(answer.Fields(), " "); got != test.fields {
			t.Errorf("%s: fields %q, want %q", test.why, got, test.fields)
		}
	}
}

func TestLogin_WrongAndUnknownAreOneAnswer(t *testing.T) {
	server := harness.Start(t)
	server.SignUp(t, "ada")
	wrong := server.Client(t).Login("ada", "not this one").Want(t, 401, "invalid_credentials")
	unknown := server.Client(t).Login("eve", "not this one").Want(t, 401, "invalid_credentials")
	malformed := server.Client(t).Post(harness.LoginPath, `{"email":"@","password":"not this one"}`).Want(t, 401, "invalid_credentials")
	if unknown.Message != wrong.Message || malformed.Message != wrong.Message {
		t.Errorf("the messages differ: %q %q %q", wrong.Message, unknown.Message, malformed.Message)
	}
	if got := wrong.Header.Values("Set-Cookie"); len(got) != 0 {
		t.Errorf("a refused sign-in sets cookies: %q", got)
	}
}

func TestLogin_ByUsernameInAnyCase(t *testing.T) {
	server := harness.Start(t)
	server.SignUp(t, "ada")
	server.Client(t).Post(harness.LoginPath, `{"username":" ADA ","password":"engine-no-1-plan"}`).Want(t, 200, "")
}

func TestAccess_BadTokensAre401InTheEnvelope(t *testing.T) {
	server := harness.Start(t)
	ada := server.SignUp(t, "ada")
	for _, test := range []struct{ why, authorization, code string }{
		{"no token", "", "missing_token"},
		{"another scheme", "Basic YWRhOmFkYQ==", "missing_token"},
		{"a bearer of nothing", "Bearer ", "missing_token"},
		{"no JWT", "Bearer x", "invalid_token"},
		{"the refresh token", "Bearer " + ada.Cookie("refreshToken"), "invalid_token"},
		{"500 KB of dots is cut off earlier; 8 KB is not", "Bearer " + strings.Repeat(".", 8<<10), "invalid_token"},
	} {
		device := server.Client(t)
		if test.authorization != "" {
			device.Header.Set("Authorization", test.authorization)
		}
		if got := device.CurrentUser(); got.Status != 401 || got.Code != test.code {
			t.Errorf("%s: %d %s, want 401 %s", test.why, got.Status, got.Code, test.code)
		}
	}
	ada.Header.Set("Authorization", "Bearer x") // beside a good cookie: the header alone counts
	ada.CurrentUser().Want(t, 401, "invalid_token")
}

func TestUnknownRoutesAndMethodsAnswerInTheEnvelope(t *testing.T) {
	device := harness.Start(t).Client(t)
	for _, test := range []struct {
		method, path string
		status       int
		code         string
	}{
		{"GET", "/api/v1/nothing", 404, "not_found"},
		{"GET", harness.CurrentUserPath + "/", 404, "not_found"}, // no redirect
		{"GET", "/assets/", 404, "not_found"},
		{"GET", "/assets/../main.go", 404, "not_found"},
		{"GET", harness.RefreshPath, 405, "method_not_allowed"},
		{"PUT", harness.CurrentUserPath, 405, "method_not_allowed"},
	} {
		if got := device.Request(test.method, test.path, ""); got.Status != test.status || got.Code != test.code {
			t.Errorf("%s %s: %d %s, want %d %s", test.method, test.path, got.Status, got.Code, test.status, test.code)
		}
	}
}

func TestLogout_EndsTheSessionOfTheCookieThoughTheBodyIsBroken(t *testing.T) {
	server := harness.Start(t)
	ada := server.SignUp(t, "ada")
	stolen := ada.Copy()
	ada.Post(harness.LogoutPath, `{"refreshToken":`).Want(t, 400, "malformed_json")
	stolen.CurrentUser().Want(t, 401, "session_ended")
}
