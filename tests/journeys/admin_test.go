package journeys

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"sallyport/internal/apperror"
	"sallyport/tests/harness"
)

func TestAdmin_DisablingEndsWhatTheUserHasAtOnce(t *testing.T) {
	harness.OnEachDatabaseWithMail(t, func(t *testing.T, server *harness.Server) {
		root := server.Administrator(t, "root")
		ada := verified(t, server, "ada")
		tablet := server.SignIn(t, "ada")
		tablet.CurrentUser().Want(t, http.StatusOK, "") // its snapshot is warm
		link := server.ResetToken(t, "ada")
		for range 2 { // the second changes nothing
			if answer := root.AsAdmin(http.MethodPost, "ada", "/disable").Want(t, http.StatusOK, ""); !strings.Contains(answer.Raw, `"disabled":true`) {
				t.Error(answer.Raw)
			}
		}
		ada.WantEnded()
		tablet.WantEnded()
		server.Client(t).Login("ada", harness.Password).Want(t, http.StatusUnauthorized, "invalid_credentials")
		server.Reset(t, link).Want(t, http.StatusBadRequest, "link_invalid")

		root.AsAdmin(http.MethodPost, "ada", "/enable").Want(t, http.StatusOK, "")
		ada.WantEnded() // nothing comes back
		tablet.WantEnded()
		server.Reset(t, link).Want(t, http.StatusBadRequest, "link_invalid")
		again := server.SignIn(t, "ada")
		want := []string{"login_succeeded", "enabled_by_admin", "disabled_by_admin", "login_succeeded", "email_verified", "registered"}
		if diff := cmp.Diff(want, again.Activity()); diff != "" {
			t.Error(diff)
		}
	})
}

// The user sees what was done, and neither by whom nor from where.
func TestAdmin_TheUserDoesNotSeeTheAdministrator(t *testing.T) {
	server := harness.Start(t)
	root := server.Administrator(t, "root")
	root.Header.Set("User-Agent", "curl/8.5.0")
	ada := server.SignUp(t, "ada")
	root.AsAdmin(http.MethodPost, "ada", "/disable").Want(t, http.StatusOK, "")
	root.AsAdmin(http.MethodPost, "ada", "/enable").Want(t, http.StatusOK, "")
	ada.Login("ada", harness.Password).Want(t, http.StatusOK, "")
	for _, event := range pageOf(t, ada, "").Activity[1:3] {
		if !strings.HasSuffix(event.Event, "_by_admin") || event.Device+event.UserAgent+event.IP != "" {
			t.Errorf("%+v", event)
		}
	}
}

// The token names the role of when it was issued, and nobody goes by it.
func TestAdmin_ARoleHoldsFromTheNextRequestOn(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		root, ada := server.Administrator(t, "root"), server.SignUp(t, "ada")
		list := harness.AdminPath + "/users"
		ada.Get(list).Want(t, http.StatusForbidden, "forbidden")
		root.AsAdminSetRole("ada", "admin").Want(t, http.StatusOK, "")
		ada.Get(list).Want(t, http.StatusOK, "")
		ada.Refresh().Want(t, http.StatusOK, "")
		ada.Get(list).Want(t, http.StatusOK, "")
		root.AsAdminSetRole("ada", "user").Want(t, http.StatusOK, "")
		if _, claims, err := harness.DecodeJWT(ada.Cookie("accessToken")); err != nil || claims["role"] != "admin" {
			t.Errorf("the test has no token of an administrator: %v, %v", claims, err)
		}
		ada.Get(list).Want(t, http.StatusForbidden, "forbidden")
		ada.AsAdmin(http.MethodPost, "root", "/disable").Want(t, http.StatusForbidden, "forbidden")
		if n := strings.Count(server.Log.String(), `"admin_refused"`); n != 3 {
			t.Errorf("%d lines of the log for 3 requests without the role", n)
		}
		ada.WantAlive()
	})
}

func TestAdmin_UnlocksAPassword(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		root := server.Administrator(t, "root")
		server.SignUp(t, "ada")
		for range lockAfter {
			server.Client(t).Login("ada", harness.WrongPassword).Want(t, http.StatusUnauthorized, "invalid_credentials")
		}
		locked := func() bool {
			return strings.Contains(root.Get(harness.AdminPath+"/users?status=locked").Want(t, http.StatusOK, "").Raw, `"username":"ada"`)
		}
		server.Client(t).Login("ada", harness.Password).Want(t, http.StatusUnauthorized, "invalid_credentials")
		if !locked() {
			t.Error("not among the locked")
		}
		root.AsAdmin(http.MethodPost, "ada", "/unlock").Want(t, http.StatusOK, "")
		if locked() {
			t.Error("still among the locked")
		}
		server.SignIn(t, "ada")
	})
}

func TestAdmin_SendsAResetWithoutSeeingTheLink(t *testing.T) {
	harness.OnEachDatabaseWithMail(t, func(t *testing.T, server *harness.Server) {
		root := server.Administrator(t, "root")
		ada := verified(t, server, "ada")
		answer := root.AsAdmin(http.MethodPost, "ada", "/send-reset").Want(t, http.StatusOK, "")
		link := server.LastMail(t, harness.Email("ada"))
		if token := link.Token(t); strings.Contains(answer.Raw, token) || strings.Contains(link.Text, "root") {
			t.Errorf("%s\n%s", answer.Raw, link.Text)
		}
		ada.WantAlive() // until the link is used
		server.Reset(t, link.Token(t)).Want(t, http.StatusOK, "")
		ada.WantEnded()

		root.AsAdmin(http.MethodPost, "ada", "/disable").Want(t, http.StatusOK, "")
		root.AsAdmin(http.MethodPost, "ada", "/send-reset").Want(t, http.StatusConflict, "user_disabled")
	})
}

// The limits of mail are those of whoever asks for the mail of somebody else.
func TestAdmin_CannotFloodAMailbox(t *testing.T) {
	server := harness.StartWithMail(t, "RATE_LIMITS=on")
	root := server.Administrator(t, "root")
	server.SignUp(t, "ada")
	for range 100 {
		if answer := root.AsAdmin(http.MethodPost, "ada", "/send-reset"); answer.Status == http.StatusTooManyRequests {
			return
		}
	}
	t.Error("a hundred mails were sent")
}

// The refusal says to enable the account first: whoever does so must not wait then.
func TestAdmin_ARefusedResetUsesNoLimitUp(t *testing.T) {
	server := harness.StartWithMail(t, "RATE_LIMITS=on")
	root := server.Administrator(t, "root")
	server.SignUp(t, "ada")
	root.AsAdmin(http.MethodPost, "ada", "/disable").Want(t, http.StatusOK, "")
	for range 2 {
		root.AsAdmin(http.MethodPost, "ada", "/send-reset").Want(t, http.StatusConflict, "user_disabled")
	}
	root.AsAdmin(http.MethodPost, "ada", "/enable").Want(t, http.StatusOK, "")
	root.AsAdmin(http.MethodPost, "ada", "/send-reset").Want(t, http.StatusOK, "")
}

func TestAdmin_EndsSessionsOfAUser(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		root, phone := server.Administrator(t, "root"), server.SignUp(t, "ada")
		laptop, tablet := server.SignIn(t, "ada"), server.SignIn(t, "ada")
		for _, c := range []*harness.Client{phone, laptop, tablet} {
			c.CurrentUser().Want(t, http.StatusOK, "") // the snapshot is warm
		}
		root.AsAdmin(http.MethodDelete, "ada", "/sessions/"+phone.SessionID()).Want(t, http.StatusOK, "")
		root.AsAdmin(http.MethodDelete, "root", "/sessions/"+laptop.SessionID()).Want(t, http.StatusNotFound, "not_found") // not of this user
		phone.WantEnded()
		laptop.WantAlive()
		answer := root.AsAdmin(http.MethodDelete, "ada", "/sessions").Want(t, http.StatusOK, "")
		if !strings.Contains(answer.Raw, `"ended":2`) {
			t.Error(answer.Raw)
		}
		laptop.WantEnded()
		tablet.WantEnded()
		root.WantAlive()
		server.SignIn(t, "ada")
	})
}

func TestAdmin_DeletesAnAccountAndKeepsWhoDidIt(t *testing.T) {
	harness.OnEachDatabaseWithMail(t, func(t *testing.T, server *harness.Server) {
		root := server.Administrator(t, "root")
		ada := verified(t, server, "ada")
		ada.CurrentUser().Want(t, http.StatusOK, "")
		root.AsAdmin(http.MethodPost, "ada", "/send-reset").Want(t, http.StatusOK, "")
		id := server.User(t, "ada").ID.String()
		root.AsAdmin(http.MethodDelete, "ada", "").Want(t, http.StatusOK, "")
		ada.WantEnded()
		if mails := server.Mails(t, harness.Email("ada")); len(mails) != 1 { // the one that verified the address
			t.Errorf("%d mails", len(mails))
		}
		for table, rows := range map[string]string{"activity": "user_id", "users": "id", "outbox": "user_id"} {
			if n := harness.Column(t, server.SQL(t), "SELECT CAST(count(*) AS TEXT) FROM "+table+" WHERE CAST("+rows+" AS TEXT) = '"+id+"'"); n != "0" {
				t.Errorf("%s rows in %s", n, table)
			}
		}
		left := eventsOf(t, root, "?user="+id).Events
		if len(left) != 2 || left[0].Event != "deleted_by_admin" || left[0].ActorUsername != "root" || left[0].Username != "" || left[1].Event != "reset_sent_by_admin" {
			t.Errorf("%+v", left)
		}
		root.Get(harness.AdminPath+"/users/"+id).Want(t, http.StatusNotFound, "not_found")
		server.SignUp(t, "ada") // the names are free
	})
}

func TestAdmin_DeletesThePicturesToo(t *testing.T) {
	server := harness.Start(t)
	root, ada := server.Administrator(t, "root"), server.SignUp(t, "ada")
	ada.SetAvatar(harness.AsJPEG(t, harness.Quarters(40, 40))).Want(t, http.StatusOK, "")
	if len(server.Pictures(t)) != 1 {
		t.Fatal("no picture is kept")
	}
	root.AsAdmin(http.MethodDelete, "ada", "").Want(t, http.StatusOK, "")
	if left := server.Pictures(t); len(left) != 0 {
		t.Errorf("%q are left", left)
	}
}

func TestAdmin_NobodyHasAnUnknownID(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	root := server.Administrator(t, "root")
	own := server.User(t, "root").ID.String()
	for _, id := range []string{uuid.NewString(), uuid.Nil.String(), "ada", "%00", "..", strings.ToUpper(own), "{" + own + "}"} {
		for _, route := range []string{"GET ", "DELETE ", "POST /disable", "POST /enable", "POST /unlock", "POST /send-reset", "DELETE /sessions", "DELETE /sessions/" + own} {
			method, more, _ := strings.Cut(route, " ")
			if answer := root.Request(method, harness.AdminPath+"/users/"+id+more, ""); answer.Status != http.StatusNotFound && answer.Status != http.StatusBadRequest {
				t.Errorf("%s of %s: %d %s", route, id, answer.Status, answer.Raw)
			}
		}
	}
	root.AsAdminSetRole("root", "owner").Want(t, http.StatusBadRequest, "validation_failed")
	root.WantAlive()
}

// What openapi.yaml allows in an answer is checked with every answer: no field for
// a secret. This looks for the values.
func TestAdmin_NoAnswerHoldsASecret(t *testing.T) {
	t.Parallel()
	server := harness.StartWithMail(t)
	root, ada := server.Administrator(t, "root"), server.SignUp(t, "ada")
	ada.Refresh().Want(t, http.StatusOK, "")
	token := server.ResetToken(t, "ada")
	user := server.User(t, "ada")
	secrets := []string{user.PasswordHash, user.Sessions[0].TokenID, user.Sessions[0].Retired[0].TokenID, ada.Cookie("accessToken"), ada.Cookie("refreshToken"), token}
	for _, path := range []string{"/users", "/users/" + user.ID.String(), "/events", "/events.csv"} {
		answer := root.Get(harness.AdminPath + path)
		if !strings.Contains(answer.Raw, "ada") {
			t.Errorf("%s does not name the user: %s", path, answer.Raw)
		}
		for _, secret := range secrets {
			if secret == "" || strings.Contains(answer.Raw, secret) {
				t.Errorf("%s holds %q: %s", path, secret, answer.Raw)
			}
		}
	}
}

func TestAdmin_CommandsFindAUserByEveryNameInAnySpelling(t *testing.T) {
	server := harness.Start(t)
	server.SignUp(t, "ada")
	id := server.User(t, "ada").ID
	for name, want := range map[string]bool{
		harness.Email("ada"): true, "ADA@Example.com": true, "ada": true, " Ada ": true, id.String(): true, strings.ToUpper(id.String()): true,
		"eve": false, "": false, "a b": false, "eve@example.com": false, uuid.NewString(): false,
	} {
		user, err := server.Admin.Find(t.Context(), name)
		if (err == nil) != want || want && user.ID != id || err != nil && apperror.CodeOf(err) != apperror.CodeNotFound {
			t.Errorf("%q: %v, %v", name, user.ID, err)
		}
	}
}
