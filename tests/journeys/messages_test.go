package journeys

import (
	"strings"
	"testing"

	"sallyport/tests/harness"
)

// TestMessages_SayWhatIsWrongAndWhatToSend reads the one text that most
// frontends show.
func TestMessages_SayWhatIsWrongAndWhatToSend(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	server.SignUp(t, "ada")
	for _, tt := range []struct {
		why, method, path, body string
		status                  int
		code, message           string
	}{
		{"no access token", "GET", harness.CurrentUserPath, "", 401, "missing_token",
			"unauthorized request: it has neither the cookie accessToken nor the header Authorization: Bearer with an access token"},
		{"no refresh token", "POST", harness.RefreshPath, "", 401, "missing_token",
			`unauthorized request: it has neither the cookie refreshToken nor a refreshToken in its JSON body`},
		{"sign-in without a name", "POST", harness.LoginPath, `{"password":"x"}`, 400, "validation_failed", "email or username is required"},
		{"sign-in with nothing", "POST", harness.LoginPath, `{}`, 400, "validation_failed", "email or username is required; password is required"},
		{"sign-up with nothing", "POST", harness.RegisterPath, `{}`, 400, "validation_failed",
			"fullName is required; username is required; email is required; password is required"},
		{"broken JSON", "POST", harness.LoginPath, "{\n  \"email\": \"é\", oops\n}", 400, "malformed_json", "the body is not valid JSON: line 2, column 17"},
		{"broken in the first line", "POST", harness.LoginPath, `oops`, 400, "malformed_json", "the body is not valid JSON: line 1, column 1"},
		{"cut off", "POST", harness.LoginPath, "{\n\"email\":", 400, "malformed_json", "the body is not valid JSON: line 2, column 9"},
		{"twice", "POST", harness.LoginPath, "{\"email\":\"a\",\n \"email\":\"b\"}", 400, "malformed_json", "a field is there twice: line 2, column 2"},
		{"a number for a text", "POST", harness.LoginPath, "{\n\"email\":1}", 400, "malformed_json", "a field has the wrong type: line 2, column 9"},
		{"a list", "POST", harness.LoginPath, `[]`, 400, "malformed_json", "the body is not a JSON object"},
		{"another charset", "POST", harness.LoginPath, "", 415, "unsupported_media_type",
			"the body must be JSON in UTF-8: send Content-Type: application/json and no Content-Encoding"},
	} {
		var header []string
		if tt.status == 415 {
			header = []string{"Content-Type", "application/json; charset=iso-8859-1"}
		} else if tt.body != "" {
			header = []string{"Content-Type", "application/json"}
		}
		answer := server.Ask(t, tt.method, tt.path, tt.body, header...)
		if answer.Status != tt.status || answer.Code != tt.code || answer.Message != tt.message {
			t.Errorf("%s: %d %s %q, want %d %s %q", tt.why, answer.Status, answer.Code, answer.Message, tt.status, tt.code, tt.message)
		}
	}
}

func TestMessages_ASignUpListsEveryNameThatIsTaken(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		server.SignUp(t, "ada")
		server.SignUp(t, "eve")
		for _, tt := range []struct{ username, email, code, message, fields string }{
			{"ada", "new@example.com", "username_taken", "username is taken", "username"},
			{"new", "ada@example.com", "email_taken", "a user with this email exists", "email"},
			{"ada", "ada@example.com", "email_taken", "a user with this email exists, and the username is taken", "username email"},
			{"ada", "eve@example.com", "email_taken", "a user with this email exists, and the username is taken", "username email"}, // of two users
		} {
			answer := server.Client(t).Post(harness.RegisterPath, harness.Object("fullName", "N", "username", tt.username, "email", tt.email, "password", harness.Password)).Want(t, 409, tt.code)
			if answer.Message != tt.message || strings.Join(answer.Fields(), " ") != tt.fields {
				t.Errorf("%s %s: %q, fields %q", tt.username, tt.email, answer.Message, answer.Fields())
			}
		}
	})
}
