package journeys

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"sallyport/tests/harness"
)

const (
	firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
	newer   = "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0"
	iphone  = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
)

// wantNotices delivers what waits, and fails unless the mails so far are that of the
// sign-up and these, by their kinds.
func wantNotices(t *testing.T, server *harness.Server, want ...string) {
	t.Helper()
	server.Deliver(t)
	var got []string
	for line := range strings.Lines(server.Log.String()) {
		if _, after, found := strings.Cut(line, `"event":"mail_delivered","kind":"`); found {
			kind, _, _ := strings.Cut(after, `"`)
			got = append(got, kind)
		}
	}
	if strings.Join(got, " ") != strings.Join(append([]string{"verify_email"}, want...), " ") {
		t.Errorf("mail: %v, want %v", got, want)
	}
}

func TestNotices_ANewDeviceIsToldOfOnce(t *testing.T) {
	harness.OnEachDatabaseWithMail(t, func(t *testing.T, server *harness.Server) {
		ada := server.Client(t)
		ada.Header.Set("User-Agent", firefox)
		ada.Post(harness.RegisterPath, harness.Registration("ada")).Want(t, http.StatusCreated, "")
		wantNotices(t, server)
		server.SignIn(t, "ada", "User-Agent", firefox)
		server.SignIn(t, "ada", "User-Agent", newer) // the browser was updated
		wantNotices(t, server)
		phone := server.SignIn(t, "ada", "User-Agent", iphone)
		wantNotices(t, server, "new_device")
		notice := server.LastMail(t, harness.Email("ada"))
		for _, says := range []string{"Safari on iOS", "127.0.0.1", "UTC"} {
			if !strings.Contains(notice.Text, says) || !strings.Contains(notice.HTML, says) {
				t.Errorf("the notice does not say %s: %s", says, notice.Text)
			}
		}
		phone.Logout().Want(t, http.StatusOK, "")
		server.SignIn(t, "ada", "User-Agent", iphone) // it was seen before
		wantNotices(t, server, "new_device")
		ada.Header.Set("User-Agent", "another/1.0")
		ada.Login("ada", harness.Password).Want(t, http.StatusOK, "") // it comes with a token of Ada's
		wantNotices(t, server, "new_device")
	})
}

func TestNotices_TellOfATheftAndOfANewPassword(t *testing.T) {
	harness.OnEachDatabaseWithMail(t, func(t *testing.T, server *harness.Server) {
		ada := server.SignUp(t, "ada")
		wantNotices(t, server)
		thief := ada.Copy()
		ada.Refresh().Want(t, http.StatusOK, "")
		ada.CurrentUser().Want(t, http.StatusOK, "")
		server.Clock.Advance(time.Minute)
		thief.Refresh().Want(t, http.StatusUnauthorized, "token_reused")
		wantNotices(t, server, "token_theft")
		server.SignIn(t, "ada").ChangePassword(harness.Password, harness.NextPassword).Want(t, http.StatusOK, "")
		wantNotices(t, server, "token_theft", "password_changed")
	})
}

func TestNotices_OffSendsNoneAndLinksStillCome(t *testing.T) {
	server := harness.StartWithMail(t, "SECURITY_NOTICES=off")
	ada := verified(t, server, "ada")
	server.SignIn(t, "ada", "User-Agent", iphone)
	ada.ChangePassword(harness.Password, harness.NextPassword).Want(t, http.StatusOK, "")
	wantNotices(t, server)
	if server.ResetToken(t, "ada") == "" {
		t.Error("no link")
	}
}

func TestNotices_OneThatWaitsIsNotSentToAnAddressThatWasReplaced(t *testing.T) {
	server := harness.StartWithMail(t)
	ada := verified(t, server, "ada")
	ada.ChangeEmail(nextEmail).Want(t, http.StatusOK, "")
	token := server.LastMail(t, nextEmail).Token(t)
	server.SignIn(t, "ada", "User-Agent", iphone)
	server.Verify(t, token).Want(t, http.StatusOK, "")
	for _, mail := range server.Mails(t, harness.Email("ada")) {
		if strings.Contains(mail.Text, "Safari on iOS") {
			t.Error(mail.Text)
		}
	}
}

// A notice that would be one too many is not written, and what it would tell of
// happens all the same.
func TestNotices_AreLimitedByAccount(t *testing.T) {
	server := harness.StartWithMail(t, "RATE_LIMITS=on", "LIMIT_MAIL_PER_ACCOUNT=2/hour", "LIMIT_LOGIN_PER_ADDRESS=100/minute")
	ada := verified(t, server, "ada") // the first
	for _, agent := range []string{iphone, newer, "curl/8.5.0"} {
		server.SignIn(t, "ada", "User-Agent", agent)
	}
	wantNotices(t, server, "new_device")
	if !strings.Contains(server.Log.String(), `"event":"mail_withheld"`) {
		t.Error("nothing says that a notice was not written")
	}
	ada.WantAlive()
}

// Whoever signs up with somebody else's address, deletes the account and signs up
// again must not be able to flood that address with notices.
func TestNotices_ToAnUnverifiedAddressAreLimitedAcrossAccounts(t *testing.T) {
	server := harness.StartWithMail(t, "RATE_LIMITS=on")
	for range 3 {
		ada := server.SignUp(t, "ada")
		server.Deliver(t)
		server.SignIn(t, "ada", "User-Agent", iphone)
		server.Deliver(t)
		ada.DeleteAccount().Want(t, http.StatusOK, "")
	}
	wantNotices(t, server, "new_device", "account_deleted")
}

// The full name of an account with an unverified address is in no mail: whoever
// registers somebody else's address must not be able to write to them.
func TestNotices_NoNameReachesAnUnverifiedAddress(t *testing.T) {
	server := harness.StartWithMail(t)
	ada := server.SignUp(t, "ada")
	ada.ChangePassword(harness.Password, harness.NextPassword).Want(t, http.StatusOK, "")
	server.ResetToken(t, "ada")
	mails := server.Mails(t, harness.Email("ada"))
	for _, mail := range mails {
		if strings.Contains(mail.Raw, "Lovelace") {
			t.Errorf("%s has the name", mail.Subject)
		}
	}
	server.Verify(t, mails[0].Token(t))
	if len(mails) != 3 {
		t.Errorf("%d mails", len(mails))
	}
}
