package journeys

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sallyport/tests/harness"
)

func TestChangePassword_EndsAllOthersAndKeepsThisOne(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		ada := server.SignUp(t, "ada")
		other := server.SignIn(t, "ada", "User-Agent", chrome)
		other.WantAlive()
		stolen, before := ada.Copy(), ada.SessionID()
		server.Clock.Advance(time.Minute)

		answer := ada.ChangePassword(harness.Password, harness.NextPassword).Want(t, 200, "")
		if answer.Message != "Password changed" || len(answer.Cookies()) != 2 || strings.Contains(answer.Raw, `Token":`) {
			t.Errorf("%s with cookies %q", answer.Raw, answer.Header.Values("Set-Cookie"))
		}
		other.WantEnded()
		stolen.WantEnded() // a copy of the present session
		ada.WantAlive()
		if updated, err := time.Parse(time.RFC3339Nano, ada.CurrentUser().Field(t, "updatedAt")); err != nil || server.Clock.Now().Sub(updated) > time.Second {
			t.Errorf("the account was changed at %v: %v", updated, err)
		}
		if sessions := ada.Sessions(); len(sessions) != 1 || sessions[0].ID == before {
			t.Errorf("sessions after the change: %v, want one under a new id", sessions)
		}
		server.Client(t).Login("ada", harness.Password).Want(t, 401, "invalid_credentials")
		server.Client(t).Login("ada", harness.NextPassword).Want(t, 200, "")
	})
}

func TestChangePassword_AnswersAHeaderInTheBody(t *testing.T) {
	script := harness.Start(t).API(t)
	before := script.SignUp("ada")
	answer := script.ChangePassword(before.Access, harness.Password, harness.NextPassword).Want(t, 200, "")
	if len(answer.Cookies()) != 0 {
		t.Error("a cookie was set")
	}
	script.CurrentUser(before.Access).Want(t, 401, "session_ended")
	after := answer.Tokens(t)
	script.CurrentUser(after.Access).Want(t, 200, "")
	script.Refresh(after.Refresh).Want(t, 200, "")
}

func TestChangePassword_NamesTheFieldItRefuses(t *testing.T) {
	server := harness.Start(t)
	ada := server.SignUp(t, "ada")
	for _, row := range []struct{ why, body, code, field string }{
		{"wrong", harness.PasswordChange(harness.WrongPassword, harness.NextPassword), "validation_failed", "oldPassword"},
		{"nobody's, over the limit", harness.PasswordChange(strings.Repeat("x", 257), harness.NextPassword), "validation_failed", "oldPassword"},
		{"no old one", harness.PasswordChange("", harness.NextPassword), "validation_failed", "oldPassword"},
		{"too short", harness.PasswordChange(harness.Password, "short"), "validation_failed", "newPassword"},
		{"too long", harness.PasswordChange(harness.Password, strings.Repeat("x", 257)), "validation_failed", "newPassword"},
		{"common", harness.PasswordChange(harness.Password, "password1234"), "validation_failed", "newPassword"},
		{"her own name", harness.PasswordChange(harness.Password, "ada-lovelace-99"), "validation_failed", "newPassword"},
		{"no new one", harness.PasswordChange(harness.Password, ""), "validation_failed", "newPassword"},
		{"the same", harness.PasswordChange(harness.Password, harness.Password), "validation_failed", "newPassword"},
		{"the same in other bytes", harness.PasswordChange("pa\u00dfwort-\u00e9-1", "pa\u00dfwort-e\u0301-1"), "validation_failed", "newPassword"},
		{"of another type", `{"oldPassword":1,"newPassword":"engine-no-2-plan"}`, "malformed_json", "oldPassword"},
	} {
		answer := ada.Post(harness.ChangePasswordPath, row.body).Want(t, 400, row.code)
		if !slices.Equal(answer.Fields(), []string{row.field}) {
			t.Errorf("%s: errors %v, want field %s", row.why, answer.Errors, row.field)
		}
	}
	ada.Request("POST", harness.ChangePasswordPath, harness.PasswordChange(harness.Password, harness.NextPassword), "Content-Type", "text/plain").Want(t, 415, "unsupported_media_type")
	server.Client(t).ChangePassword(harness.Password, harness.NextPassword).Want(t, 401, "missing_token")
	ada.WantAlive()
	server.Client(t).Login("ada", harness.Password).Want(t, 200, "")
}
