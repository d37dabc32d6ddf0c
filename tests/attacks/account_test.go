package attacks

import (
	"net/http"
	"testing"

	"sallyport/tests/harness"
)

// The token of a link signs nobody in, the tokens of a session open no link, and
// no link does what another is for. Afterwards each still does its own.
func TestAttack04_TheTokenOfALinkIsNoOther(t *testing.T) {
	harness.OnEachDatabaseWithMail(t, func(t *testing.T, server *harness.Server) {
		ada := server.SignUp(t, "ada")
		verify := server.LastMail(t, harness.Email("ada")).Token(t)
		reset := server.ResetToken(t, "ada")
		for _, k := range kinds {
			wantRefused(t, server, k, "invalid_token", map[string]string{"a link to verify": verify, "a link to reset": reset})
		}
		session := ada.Tokens()
		for path, tokens := range map[string][]string{
			harness.VerifyEmailPath:   {reset, session.Access, session.Refresh},
			harness.ResetPasswordPath: {verify, session.Access, session.Refresh},
			harness.UndoEmailPath:     {verify, reset, session.Access, session.Refresh},
		} {
			for _, token := range tokens {
				server.PostAsNobody(t, path, "token", token, "newPassword", harness.NextPassword).Want(t, http.StatusBadRequest, "link_invalid")
			}
		}
		ada.WantAlive()
		server.Verify(t, verify).Want(t, http.StatusOK, "")
		server.Reset(t, reset).Want(t, http.StatusOK, "")
	})
}

func TestAttack39_RefreshAgainstReset(t *testing.T) {
	eachCrowd(t, func(t *testing.T, server *harness.Server, n int) {
		ada := server.SignUp(t, "ada")
		token := server.ResetToken(t, "ada")
		raceRefreshes(t, n, ada, func() { server.Reset(t, token).Want(t, http.StatusOK, "") })
		server.Client(t).Login("ada", harness.NextPassword).Want(t, http.StatusOK, "")
	})
}

func TestAttack39_RefreshAgainstDeletion(t *testing.T) {
	eachCrowd(t, func(t *testing.T, server *harness.Server, n int) {
		ada := server.SignUp(t, "ada")
		leaving := ada.Copy()
		raceRefreshes(t, n, ada, func() { leaving.DeleteAccount().Want(t, http.StatusOK, "") })
		server.Client(t).Login("ada", harness.Password).Want(t, http.StatusUnauthorized, "invalid_credentials")
	})
}
