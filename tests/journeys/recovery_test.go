package journeys

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"sallyport/tests/harness"
)

func TestRecovery_SetsAPasswordEndsEverySessionAndSignsInNobody(t *testing.T) {
	harness.OnEachDatabaseWithMail(t, func(t *testing.T, server *harness.Server) {
		phone, laptop := server.SignUp(t, "ada"), server.SignIn(t, "ada")
		answer := server.Reset(t, server.ResetToken(t, "ada")).Want(t, http.StatusOK, "")
		if len(answer.Cookies()) > 0 || strings.Contains(answer.Raw, "Token\":") {
			t.Errorf("somebody is signed in: %s", answer.Raw)
		}
		phone.WantEnded()
		laptop.WantEnded()
		server.Client(t).Login("ada", harness.Password).Want(t, http.StatusUnauthorized, "invalid_credentials")
		ada := server.Client(t)
		ada.Login("ada", harness.NextPassword).Want(t, http.StatusOK, "")
		wantVerified(t, ada, harness.Email("ada"))
		if notice := server.LastMail(t, harness.Email("ada")); len(notice.Text) == 0 || strings.Contains(notice.Text, "#token=") {
			t.Errorf("the notice of the new password: %s", notice.Text)
		}
	})
}

// wantVerified fails unless the signed-in user has this address, verified.
func wantVerified(t *testing.T, c *harness.Client, email string) {
	t.Helper()
	var user struct {
		Email         string
		EmailVerified bool
	}
	c.CurrentUser().Want(t, http.StatusOK, "").Decode(t, &user)
	if user.Email != email || !user.EmailVerified {
		t.Errorf("the user has %+v, want %s, verified", user, email)
	}
}

func TestRecovery_UnlocksThePassword(t *testing.T) {
	server := harness.StartWithMail(t)
	ada := server.SignUp(t, "ada")
	for range 100 {
		server.Client(t).Login("ada", harness.WrongPassword)
	}
	server.Client(t).Login("ada", harness.Password).Want(t, http.StatusUnauthorized, "invalid_credentials")
	if events := ada.Activity(); !slices.Contains(events, "password_locked") {
		t.Errorf("the lock is not among %v", events)
	}
	server.Reset(t, server.ResetToken(t, "ada")).Want(t, http.StatusOK, "")
	server.Client(t).Login("ada", harness.NextPassword).Want(t, http.StatusOK, "")
}

// A password that is refused leaves the link as it was.
func TestRecovery_AWeakPasswordSpendsNothing(t *testing.T) {
	server := harness.StartWithMail(t)
	server.SignUp(t, "ada")
	token := server.ResetToken(t, "ada")
	for why, password := range map[string]string{"missing": "", "short": "short", "common": "password1", "the name": "Ada-Lovelace"} {
		answer := server.PostAsNobody(t, harness.ResetPasswordPath, "token", token, "newPassword", password).Want(t, http.StatusBadRequest, "validation_failed")
		if !slices.Equal(answer.Fields(), []string{"newPassword"}) {
			t.Errorf("%s: %v", why, answer.Fields())
		}
	}
	server.Reset(t, token).Want(t, http.StatusOK, "")
}

// What makes a link worthless, each with the code for whoever opens it then.
func TestRecovery_ALinkDiesWhen(t *testing.T) {
	tests := []struct {
		why, code string
		then      func(t *testing.T, server *harness.Server, ada *harness.Client, token string)
	}{
		{"it was used", "link_invalid", func(t *testing.T, server *harness.Server, _ *harness.Client, token string) {
			server.Reset(t, token).Want(t, http.StatusOK, "")
		}},
		{"a newer one came", "link_invalid", func(t *testing.T, server *harness.Server, _ *harness.Client, _ string) {
			server.ResetToken(t, "ada")
		}},
		{"the password was changed", "link_invalid", func(t *testing.T, _ *harness.Server, ada *harness.Client, _ string) {
			ada.ChangePassword(harness.Password, "engine-no-3-plan").Want(t, http.StatusOK, "")
		}},
		{"the address was changed", "link_invalid", func(t *testing.T, server *harness.Server, ada *harness.Client, _ string) {
			ada.ChangeEmail("next@example.com").Want(t, http.StatusOK, "")
			server.Verify(t, server.LastMail(t, "next@example.com").Token(t)).Want(t, http.StatusOK, "")
		}},
		{"the account was deleted", "link_invalid", func(t *testing.T, _ *harness.Server, ada *harness.Client, _ string) {
			ada.DeleteAccount().Want(t, http.StatusOK, "")
		}},
		{"the account was disabled", "link_invalid", func(t *testing.T, server *harness.Server, _ *harness.Client, _ string) {
			server.Disable(t, "ada")
		}},
		{"half an hour has passed", "link_expired", func(_ *testing.T, server *harness.Server, _ *harness.Client, _ string) {
			server.Clock.Advance(30 * time.Minute)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			harness.OnEachDatabaseWithMail(t, func(t *testing.T, server *harness.Server) {
				ada := server.SignUp(t, "ada")
				token := server.ResetToken(t, "ada")
				tt.then(t, server, ada, token)
				server.PostAsNobody(t, harness.ResetPasswordPath, "token", token, "newPassword", "engine-no-4-plan").Want(t, http.StatusBadRequest, tt.code)
			})
		})
	}
}

// What is no token of a reset is refused before anything is hashed or written.
func TestRecovery_RefusesWhatIsNoTokenOfAReset(t *testing.T) {
	server := harness.StartWithMail(t)
	ada := server.SignUp(t, "ada")
	token, verify := server.ResetToken(t, "ada"), server.Mails(t, harness.Email("ada"))[0].Token(t)
	for why, other := range map[string]string{
		"truncated": token[:len(token)-1], "longer": token + "A", "padded": token + "=", "of another purpose": verify,
		"an access token": ada.Tokens().Access, "a refresh token": ada.Tokens().Refresh, "text": "token", "very long": strings.Repeat("A", 10_000),
		"SQL": "' OR '1'='1", "in another alphabet": strings.NewReplacer("-", "+", "_", "/").Replace(strings.Repeat("-_", 21) + "A"),
	} {
		answer := server.Reset(t, other)
		if answer.Status != http.StatusBadRequest || answer.Code != "link_invalid" {
			t.Errorf("%s: %d %s", why, answer.Status, answer.Code)
		}
	}
	answer := server.Client(t).Post(harness.ResetPasswordPath, "{}").Want(t, http.StatusBadRequest, "validation_failed")
	if !slices.Equal(answer.Fields(), []string{"token"}) {
		t.Errorf("nothing: %v", answer.Fields())
	}
	server.Client(t).Post(harness.ResetPasswordPath, `{"token":7,"newPassword":"x"}`).Want(t, http.StatusBadRequest, "malformed_json")
	server.Reset(t, token).Want(t, http.StatusOK, "") // the good one still is
}

func TestRecovery_OpenedWhileSignedInAsSomebodyElseActsForTheTokensAccount(t *testing.T) {
	server := harness.StartWithMail(t)
	ada, eve := server.SignUp(t, "ada"), server.SignUp(t, "eve")
	token := server.ResetToken(t, "ada")
	answer := eve.Post(harness.ResetPasswordPath, harness.Object("token", token, "newPassword", harness.NextPassword)).Want(t, http.StatusOK, "")
	if len(answer.Cookies()) > 0 {
		t.Errorf("Eve's cookies were touched: %v", answer.Cookies())
	}
	eve.WantAlive()
	ada.WantEnded()
	server.Client(t).Login("eve", harness.Password).Want(t, http.StatusOK, "")
}

// Anybody can ask for a mail to an address, and none of their words is in it.
func TestForgotPassword_TheMailSaysNothingOfWhoeverAsks(t *testing.T) {
	server := harness.StartWithMail(t)
	server.SignUp(t, "ada")
	stranger := server.Client(t)
	stranger.Header.Set("User-Agent", "Please call +1 555 0100 to secure your account Windows/1.0")
	stranger.Post(harness.ForgotPasswordPath, harness.Object("email", harness.Email("ada"))).Want(t, http.StatusOK, "")
	if mail := server.LastMail(t, harness.Email("ada")); mail.Token(t) == "" || strings.Contains(mail.Raw, "555") {
		t.Error(mail.Text)
	}
}
