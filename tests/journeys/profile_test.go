package journeys

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"sallyport/tests/harness"
)

func update(c *harness.Client, body string) harness.Answer {
	return c.Request(http.MethodPatch, harness.UpdateAccountPath, body, "Content-Type", "application/json")
}

type profile struct{ FullName, Username, Locale, Email, Role string }

func profileOf(t *testing.T, answer harness.Answer) (p profile) {
	t.Helper()
	answer.Want(t, http.StatusOK, "").Decode(t, &p)
	return p
}

func TestProfile_ChangesWhatIsGivenAndNothingElse(t *testing.T) {
	before := profile{"Ada Lovelace", "ada", "en", harness.Email("ada"), "user"}
	tests := []struct {
		why, body string
		want      func(*profile)
	}{
		{"nothing", `{}`, func(*profile) {}},
		{"null is nothing", `{"fullName":null,"username":null,"locale":null}`, func(*profile) {}},
		{"the same again", `{"fullName":"Ada Lovelace","username":"ada","locale":"en"}`, func(*profile) {}},
		{"a name", `{"fullName":" Augusta Ada King "}`, func(p *profile) { p.FullName = "Augusta Ada King" }},
		{"a username in its one spelling", `{"username":"AUGUSTA"}`, func(p *profile) { p.Username = "augusta" }},
		{"a language", `{"locale":"hi"}`, func(p *profile) { p.Locale = "hi" }},
		{"no language is the default", `{"locale":""}`, func(*profile) {}},
		{"what is not for users to change", `{"role":"admin","email":"next@example.com","emailVerified":true,"id":"x","passwordHash":"x"}`, func(*profile) {}},
	}
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		for _, tt := range tests {
			ada := server.SignUp(t, "ada")
			want := before
			tt.want(&want)
			if got := profileOf(t, update(ada, tt.body)); got != want {
				t.Errorf("%s: answered %+v, want %+v", tt.why, got, want)
			}
			if got := profileOf(t, ada.CurrentUser()); got != want {
				t.Errorf("%s: kept %+v, want %+v", tt.why, got, want)
			}
			ada.DeleteAccount().Want(t, http.StatusOK, "")
		}
	})
}

func TestProfile_NamesEveryBadFieldAndChangesNothing(t *testing.T) {
	tests := []struct{ why, body, code, fields string }{
		{"empty names", `{"fullName":"","username":""}`, "validation_failed", "fullName username"},
		{"only invisible characters", `{"fullName":"\u200b\u2060"}`, "validation_failed", "fullName"},
		{"a Hangul filler", `{"fullName":"\u3164"}`, "validation_failed", "fullName"},
		{"line ends in a name", `{"fullName":"Ada\r\nBcc: eve@example.com"}`, "validation_failed", "fullName"},
		{"too long", `{"fullName":"` + strings.Repeat("a", 101) + `","username":"` + strings.Repeat("a", 31) + `"}`, "validation_failed", "fullName username"},
		{"a username that is an email", `{"username":"eve@example.com"}`, "validation_failed", "username"},
		{"an unknown language", `{"locale":"xx"}`, "validation_failed", "locale"},
		{"a path as a language", `{"locale":"../en"}`, "validation_failed", "locale"},
		{"one good and one bad", `{"fullName":"Eve","username":"a b"}`, "validation_failed", "username"},
		{"the wrong type", `{"fullName":7}`, "malformed_json", "fullName"},
		{"a list", `[]`, "malformed_json", ""},
	}
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		ada := server.SignUp(t, "ada")
		for _, tt := range tests {
			answer := update(ada, tt.body).Want(t, http.StatusBadRequest, tt.code)
			if got := strings.Join(answer.Fields(), " "); got != tt.fields {
				t.Errorf("%s: %q, want %q", tt.why, got, tt.fields)
			}
		}
		if got := profileOf(t, ada.CurrentUser()); got.FullName != "Ada Lovelace" || got.Username != "ada" {
			t.Errorf("it changed: %+v", got)
		}
		server.SignUp(t, "eve")
		if answer := update(ada, `{"username":"EVE"}`).Want(t, http.StatusConflict, "username_taken"); !slices.Equal(answer.Fields(), []string{"username"}) {
			t.Errorf("%v", answer.Fields())
		}
	})
}

// The language is the one the browser asked for at sign-up, and English where mail
// is written in none of its languages.
func TestProfile_TheLanguageComesFromTheSignUp(t *testing.T) {
	server := harness.Start(t)
	for accept, want := range map[string]string{
		"": "en", "de-AT,de;q=0.9,en;q=0.8": "de", "ja,fr;q=0.5": "fr", "ja": "en", "hi-IN": "hi", "es-419": "es", ";;;": "en", strings.Repeat("de,", 5000): "de",
	} {
		c := server.Client(t)
		if accept != "" {
			c.Header.Set("Accept-Language", accept)
		}
		c.Post(harness.RegisterPath, harness.Registration("ada")).Want(t, http.StatusCreated, "")
		if got := profileOf(t, c.CurrentUser()).Locale; got != want {
			t.Errorf("%.30q: %q, want %q", accept, got, want)
		}
		c.DeleteAccount().Want(t, http.StatusOK, "")
	}
}
