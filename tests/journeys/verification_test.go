package journeys

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"sallyport/tests/harness"
)

func TestVerification_ALinkFollowsTheSignUp(t *testing.T) {
	harness.OnEachDatabaseWithMail(t, func(t *testing.T, server *harness.Server) {
		ada := server.SignUp(t, "ada")
		token := server.LastMail(t, harness.Email("ada")).Token(t)
		answer := server.Verify(t, token).Want(t, http.StatusOK, "")
		if answer.Message != "Email verified" || answer.Field(t, "email") != harness.Email("ada") {
			t.Errorf("%s", answer.Raw)
		}
		wantVerified(t, ada, harness.Email("ada"))
		if answer := server.Verify(t, token).Want(t, http.StatusOK, ""); answer.Message != "Email already verified" {
			t.Errorf("the second time: %s", answer.Raw)
		}
	})
}

func TestVerification_RequiredSignsInNobodyBefore(t *testing.T) {
	harness.OnEachDatabaseWithMail(t, func(t *testing.T, server *harness.Server) {
		ada := server.Client(t)
		answer := ada.Post(harness.RegisterPath, harness.Registration("ada")).Want(t, http.StatusCreated, "")
		if len(answer.Cookies()) > 0 || strings.Contains(answer.Raw, "Expires") || answer.Field(t, "user", "email") != harness.Email("ada") {
			t.Errorf("it signs in: %v %s", answer.Cookies(), answer.Raw)
		}
		body := ada.Post(harness.RegisterPath, harness.InBody(harness.Registration("eve"))).Want(t, http.StatusCreated, "")
		if strings.Contains(body.Raw, "accessToken") {
			t.Errorf("tokens in the body: %s", body.Raw)
		}
		if refused := ada.Login("ada", harness.Password).Want(t, http.StatusForbidden, "email_not_verified"); len(refused.Cookies()) > 0 {
			t.Errorf("cookies: %v", refused.Cookies())
		}
		ada.Login("ada", harness.WrongPassword).Want(t, http.StatusUnauthorized, "invalid_credentials") // nobody else learns that it waits
		first := server.LastMail(t, harness.Email("ada")).Token(t)
		server.PostAsNobody(t, harness.ResendPath, "email", harness.Email("ada")).Want(t, http.StatusOK, "")
		second := server.LastMail(t, harness.Email("ada")).Token(t)
		server.Verify(t, first).Want(t, http.StatusBadRequest, "link_invalid")
		server.Verify(t, second).Want(t, http.StatusOK, "")
		ada.Login("ada", harness.Password).Want(t, http.StatusOK, "")
		ada.WantAlive()
	}, "REQUIRE_VERIFIED_EMAIL=true")
}

func TestVerification_ResendingSendsNothingWhereNothingWaits(t *testing.T) {
	server := harness.StartWithMail(t)
	server.SignUp(t, "ada")
	server.Verify(t, server.LastMail(t, harness.Email("ada")).Token(t)).Want(t, http.StatusOK, "")
	before := len(server.MailServer.Mails(""))
	for _, email := range []string{harness.Email("ada"), "nobody@example.com", "ADA@EXAMPLE.COM"} {
		server.PostAsNobody(t, harness.ResendPath, "email", email).Want(t, http.StatusOK, "")
	}
	if server.Deliver(t); len(server.MailServer.Mails("")) != before {
		t.Errorf("%d mails more", len(server.MailServer.Mails(""))-before)
	}
}

func TestVerification_ALinkExpiresAfterADay(t *testing.T) {
	server := harness.StartWithMail(t)
	server.SignUp(t, "ada")
	token := server.LastMail(t, harness.Email("ada")).Token(t)
	server.Clock.Advance(24 * time.Hour)
	server.Verify(t, token).Want(t, http.StatusBadRequest, "link_expired")
}

func TestVerification_NobodyKeepsAnAddressFromSigningUp(t *testing.T) {
	server := harness.StartWithMail(t, "RATE_LIMITS=on", "REQUIRE_VERIFIED_EMAIL=true")
	server.PostAsNobody(t, harness.ResendPath, "email", harness.Email("ada")).Want(t, http.StatusOK, "")
	server.Client(t).Post(harness.RegisterPath, harness.Registration("ada")).Want(t, http.StatusCreated, "")
	server.Verify(t, server.LastMail(t, harness.Email("ada")).Token(t)).Want(t, http.StatusOK, "")
}

// A link that died, or nearly, while the mail server was down is not delivered.
func TestVerification_NoDeadLinkIsDelivered(t *testing.T) {
	server := harness.StartWithMail(t)
	server.MailServer.Stop()
	server.SignUp(t, "ada")
	server.Deliver(t)
	server.PostAsNobody(t, harness.ForgotPasswordPath, "email", harness.Email("ada")).Want(t, http.StatusOK, "")
	server.Deliver(t)
	server.MailServer.Start()
	server.Clock.Advance(29 * time.Minute)
	if mails := server.Mails(t, harness.Email("ada")); len(mails) != 1 || !strings.Contains(mails[0].Link(t), "/verify-email#") {
		t.Errorf("%d mails, want that of the sign-up alone", len(mails))
	}
	if !strings.Contains(server.Log.String(), `"event":"mail_dropped"`) {
		t.Error("nothing says that a mail was not sent")
	}
}

// Limits: a request within the cool-down sends nothing, and leaves the link that
// was sent as it is.
func TestVerification_WithinTheCoolDownNothingIsSentAndNothingDies(t *testing.T) {
	server := harness.StartWithMail(t, "RATE_LIMITS=on")
	server.SignUp(t, "ada")
	server.PostAsNobody(t, harness.ForgotPasswordPath, "email", harness.Email("ada")).Want(t, http.StatusOK, "")
	token := server.LastMail(t, harness.Email("ada")).Token(t)
	for _, email := range []string{harness.Email("ada"), "ADA@example.com "} {
		answer := server.PostAsNobody(t, harness.ForgotPasswordPath, "email", email).Want(t, http.StatusTooManyRequests, "rate_limited")
		if answer.Header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	}
	if mails := server.Mails(t, harness.Email("ada")); len(mails) != 2 {
		t.Errorf("%d mails, want those of the sign-up and of the first request", len(mails))
	}
	server.Reset(t, token).Want(t, http.StatusOK, "")
}
