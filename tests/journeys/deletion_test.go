package journeys

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"gorm.io/gorm"

	"sallyport/tests/harness"
)

func TestDeletion_NothingOfTheAccountIsLeft(t *testing.T) {
	harness.OnEachDatabaseWithMail(t, func(t *testing.T, server *harness.Server) {
		ada := verified(t, server, "ada")
		tablet := server.SignIn(t, "ada", "User-Agent", "Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X)")
		tablet.CurrentUser().Want(t, http.StatusOK, "") // its snapshot is warm
		ada.ChangeEmail(nextEmail).Want(t, http.StatusOK, "")
		answer := ada.DeleteAccount().Want(t, http.StatusOK, "")
		if len(answer.Cookies()) != 2 {
			t.Errorf("cookies: %v", answer.Cookies())
		}
		ada.WantNoTokens()
		tablet.WantEnded()
		server.Client(t).Login("ada", harness.Password).Want(t, http.StatusUnauthorized, "invalid_credentials")
		for table, rows := range everyRow(t, server) {
			if rows != map[string]int64{"outbox": 1}[table] {
				t.Errorf("%d rows in %s", rows, table)
			}
		}
		if mails := server.Mails(t, nextEmail); len(mails) > 0 {
			t.Errorf("mail that waited was sent: %v", mails)
		}
		farewell := server.LastMail(t, harness.Email("ada"))
		if strings.Contains(farewell.Text, "#token=") {
			t.Errorf("a link: %s", farewell.Text)
		}
		if n := everyRow(t, server)["outbox"]; n != 0 {
			t.Errorf("%d mails wait", n)
		}
		server.SignUp(t, "ada") // the names are free
	})
}

// everyRow counts the rows of all tables that hold something of a user.
func everyRow(t *testing.T, server *harness.Server) map[string]int64 {
	t.Helper()
	rows := map[string]int64{"users": 0, "one_time_tokens": 0, "outbox": 0, "activity": 0}
	for table := range rows {
		err := server.Store.Read(t.Context(), func(db *gorm.DB) error {
			var n int64
			err := db.Table(table).Count(&n).Error
			rows[table] = n
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return rows
}

func TestDeletion_NeedsThePassword(t *testing.T) {
	server := harness.StartWithMail(t)
	ada := server.SignUp(t, "ada")
	for why, body := range map[string]string{
		"none": "{}", "a wrong one": harness.Object("password", harness.WrongPassword), "an empty one": harness.Object("password", ""),
		"one byte more": harness.Object("password", harness.Password+"x"),
	} {
		answer := ada.Request(http.MethodDelete, harness.CurrentUserPath, body, "Content-Type", "application/json").Want(t, http.StatusBadRequest, "validation_failed")
		if !slices.Equal(answer.Fields(), []string{"password"}) {
			t.Errorf("%s: %v", why, answer.Fields())
		}
	}
	ada.Request(http.MethodDelete, harness.CurrentUserPath, "").Want(t, http.StatusUnsupportedMediaType, "unsupported_media_type")
	ada.WantAlive()
}

func TestDeletion_WrongPasswordsCountLikeThoseOfASignIn(t *testing.T) {
	server := harness.StartWithMail(t, "RATE_LIMITS=on")
	ada := server.SignUp(t, "ada")
	wrong := harness.Object("password", harness.WrongPassword)
	for range 5 {
		ada.Request(http.MethodDelete, harness.CurrentUserPath, wrong, "Content-Type", "application/json").Want(t, http.StatusBadRequest, "validation_failed")
	}
	ada.DeleteAccount().Want(t, http.StatusTooManyRequests, "rate_limited")
}
