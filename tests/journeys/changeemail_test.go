package journeys

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"sallyport/tests/harness"
)

const nextEmail = "next@example.com"

// verified returns a device on which a user with a verified address has just
// registered.
func verified(t *testing.T, server *harness.Server, username string) *harness.Client {
	t.Helper()
	c := server.SignUp(t, username)
	server.Verify(t, server.LastMail(t, harness.Email(username)).Token(t)).Want(t, http.StatusOK, "")
	return c
}

func TestChangeEmail_TheAddressChangesWhenTheNewOneIsConfirmed(t *testing.T) {
	harness.OnEachDatabaseWithMail(t, func(t *testing.T, server *harness.Server) {
		ada := verified(t, server, "ada")
		ada.ChangeEmail(" NEXT@Example.com ").Want(t, http.StatusOK, "")
		link := server.LastMail(t, nextEmail)
		if strings.Contains(link.Raw, harness.Email("ada")) {
			t.Error("the mail to the new address shows the old one")
		}
		notice := server.LastMail(t, harness.Email("ada"))
		if strings.Contains(notice.Text, "#token=") {
			t.Error("the notice to the present address has a link already")
		}
		wantVerified(t, ada, harness.Email("ada"))
		server.SignIn(t, "ada")                                                                                      // the old address signs in
		server.PostAsNobody(t, harness.ForgotPasswordPath, "email", harness.Email("ada")).Want(t, http.StatusOK, "") // and recovers
		if server.LastMail(t, harness.Email("ada")).Link(t) == "" {
			t.Error("no link")
		}
		answer := server.Verify(t, link.Token(t)).Want(t, http.StatusOK, "")
		if answer.Message != "Email changed" || answer.Field(t, "email") != nextEmail {
			t.Errorf("%s", answer.Raw)
		}
		wantVerified(t, ada, nextEmail)
		server.Client(t).Login("ada", harness.Password).Want(t, http.StatusUnauthorized, "invalid_credentials")
		if answer := server.Verify(t, link.Token(t)).Want(t, http.StatusOK, ""); answer.Message != "Email already verified" {
			t.Errorf("the second time: %s", answer.Raw)
		}
	})
}

func TestChangeEmail_NamesTheFieldItRefuses(t *testing.T) {
	server := harness.StartWithMail(t)
	ada := server.SignUp(t, "ada")
	tests := []struct{ why, password, email, field string }{
		{"no password", "", nextEmail, "password"},
		{"a wrong password", harness.WrongPassword, nextEmail, "password"},
		{"a very long password", strings.Repeat("x", 300), nextEmail, "password"},
		{"no address", harness.Password, "", "email"},
		{"no address at all", harness.Password, "next", "email"},
		{"the present address", harness.Password, "ADA@example.com", "email"},
	}
	for _, tt := range tests {
		answer := ada.Post(harness.ChangeEmailPath, harness.Object("password", tt.password, "email", tt.email)).Want(t, http.StatusBadRequest, "validation_failed")
		if !slices.Equal(answer.Fields(), []string{tt.field}) {
			t.Errorf("%s: %v", tt.why, answer.Fields())
		}
	}
	if server.Deliver(t); len(server.MailServer.Mails(nextEmail)) > 0 {
		t.Error("mail was sent")
	}
}

// Two changes of one user are two addresses, each with a token of its own; only the
// newer one is left.
func TestChangeEmail_TheNewerOfTwoCounts(t *testing.T) {
	harness.OnEachDatabaseWithMail(t, func(t *testing.T, server *harness.Server) {
		ada := verified(t, server, "ada")
		ada.ChangeEmail("first@example.com").Want(t, http.StatusOK, "")
		first := server.LastMail(t, "first@example.com").Token(t)
		ada.ChangeEmail("second@example.com").Want(t, http.StatusOK, "")
		second := server.LastMail(t, "second@example.com").Token(t)
		server.Verify(t, first).Want(t, http.StatusBadRequest, "link_invalid")
		server.Verify(t, second).Want(t, http.StatusOK, "")
		wantVerified(t, ada, "second@example.com")
	})
}

func TestChangeEmail_ATakenTargetAnswersLikeAFreeOne(t *testing.T) {
	harness.OnEachDatabaseWithMail(t, func(t *testing.T, server *harness.Server) {
		ada := verified(t, server, "ada")
		verified(t, server, "eve")
		free := ada.ChangeEmail("free@example.com").Want(t, http.StatusOK, "")
		taken := ada.ChangeEmail(harness.Email("eve")).Want(t, http.StatusOK, "")
		if free.Raw != taken.Raw {
			t.Errorf("%s\nand %s", free.Raw, taken.Raw)
		}
		if mails := server.Mails(t, harness.Email("eve")); len(mails) != 1 {
			t.Errorf("Eve got %d mails, want that of the sign-up", len(mails))
		}
	})
}

func TestChangeEmail_ATargetThatSomebodyElseTakesMeanwhileIsLost(t *testing.T) {
	harness.OnEachDatabaseWithMail(t, func(t *testing.T, server *harness.Server) {
		ada := verified(t, server, "ada")
		ada.ChangeEmail(harness.Email("eve")).Want(t, http.StatusOK, "")
		token := server.LastMail(t, harness.Email("eve")).Token(t)
		server.SignUp(t, "eve")
		server.Verify(t, token).Want(t, http.StatusBadRequest, "link_invalid")
		wantVerified(t, ada, harness.Email("ada"))
	})
}

func TestChangeEmail_APasswordChangeDropsIt(t *testing.T) {
	server := harness.StartWithMail(t)
	ada := verified(t, server, "ada")
	ada.ChangeEmail(nextEmail).Want(t, http.StatusOK, "")
	token := server.LastMail(t, nextEmail).Token(t)
	ada.ChangeEmail("later@example.com").Want(t, http.StatusOK, "") // waits in the outbox
	ada.ChangePassword(harness.Password, harness.NextPassword).Want(t, http.StatusOK, "")
	server.Verify(t, token).Want(t, http.StatusBadRequest, "link_invalid")
	if len(server.Mails(t, "later@example.com")) > 0 {
		t.Error("the change that waited was sent")
	}
}

func TestChangeEmail_OneThatWaitsMakesWayForTheNewer(t *testing.T) {
	harness.OnEachDatabaseWithMail(t, func(t *testing.T, server *harness.Server) {
		ada := verified(t, server, "ada")
		ada.ChangeEmail("first@example.com").Want(t, http.StatusOK, "")
		ada.ChangeEmail(nextEmail).Want(t, http.StatusOK, "") // neither was sent yet
		if len(server.Mails(t, "first@example.com")) > 0 {
			t.Error("the older one was sent")
		}
		server.Verify(t, server.LastMail(t, nextEmail).Token(t)).Want(t, http.StatusOK, "")
	})
}

// taken is an account that a thief has moved to another address.
func taken(t *testing.T, server *harness.Server) (ada *harness.Client, undo string) {
	t.Helper()
	ada = verified(t, server, "ada")
	ada.ChangeEmail(nextEmail).Want(t, http.StatusOK, "")
	server.Verify(t, server.LastMail(t, nextEmail).Token(t)).Want(t, http.StatusOK, "")
	return ada, server.LastMail(t, harness.Email("ada")).Token(t)
}

func undo(t *testing.T, server *harness.Server, token string) harness.Answer {
	t.Helper()
	return server.PostAsNobody(t, harness.UndoEmailPath, "token", token)
}

func TestUndoEmail_GivesTheAccountBackToTheFormerAddress(t *testing.T) {
	harness.OnEachDatabaseWithMail(t, func(t *testing.T, server *harness.Server) {
		thief, token := taken(t, server)
		answer := undo(t, server, token).Want(t, http.StatusOK, "")
		if answer.Field(t, "email") != harness.Email("ada") || len(answer.Cookies()) > 0 {
			t.Errorf("%s", answer.Raw)
		}
		thief.WantEnded()
		server.Client(t).Login("ada", harness.Password).Want(t, http.StatusUnauthorized, "invalid_credentials") // the thief knows it
		server.Unlock(t, "ada")                                                                                 // by an operator who means well
		server.Client(t).Login("ada", harness.Password).Want(t, http.StatusUnauthorized, "invalid_credentials")
		undo(t, server, token).Want(t, http.StatusBadRequest, "link_invalid")
		server.Reset(t, server.LastMail(t, harness.Email("ada")).Token(t)).Want(t, http.StatusOK, "") // it came without being asked for
		ada := server.Client(t)
		ada.Login("ada", harness.NextPassword).Want(t, http.StatusOK, "")
		wantVerified(t, ada, harness.Email("ada"))
	})
}

// A thief who asks again and again for what would be sent must not use up the limits
// that stand between the owner and the way back.
func TestUndoEmail_NoLimitStandsBeforeTheWayBack(t *testing.T) {
	server := harness.StartWithMail(t, "RATE_LIMITS=on", "LIMIT_MAIL_GLOBAL=5/hour") // verify, change, notice, two resets
	thief := verified(t, server, "ada")
	thief.ChangeEmail(nextEmail).Want(t, http.StatusOK, "")
	token := server.LastMail(t, nextEmail).Token(t)
	for _, email := range []string{harness.Email("ada"), "nobody@example.com"} {
		server.PostAsNobody(t, harness.ForgotPasswordPath, "email", email).Want(t, http.StatusOK, "")
	}
	server.Verify(t, token).Want(t, http.StatusOK, "")
	undo(t, server, server.LastMail(t, harness.Email("ada")).Token(t)).Want(t, http.StatusOK, "")
	server.Reset(t, server.LastMail(t, harness.Email("ada")).Token(t)).Want(t, http.StatusOK, "")
}

func TestUndoEmail_OutlivesWhateverTheThiefDoesNext(t *testing.T) {
	harness.OnEachDatabaseWithMail(t, func(t *testing.T, server *harness.Server) {
		thief, token := taken(t, server)
		thief.ChangeEmail("third@example.com").Want(t, http.StatusOK, "")
		server.Verify(t, server.LastMail(t, "third@example.com").Token(t)).Want(t, http.StatusOK, "")
		later := server.LastMail(t, nextEmail).Token(t) // the thief can undo that
		thief.ChangePassword(harness.Password, "engine-no-3-plan").Want(t, http.StatusOK, "")
		server.Reset(t, func() string {
			server.PostAsNobody(t, harness.ForgotPasswordPath, "email", "third@example.com").Want(t, http.StatusOK, "")
			return server.LastMail(t, "third@example.com").Token(t)
		}()).Want(t, http.StatusOK, "")
		undo(t, server, token).Want(t, http.StatusOK, "")
		undo(t, server, later).Want(t, http.StatusBadRequest, "link_invalid")
	})
}

func TestUndoEmail_TheFormerAddressIsReservedWhileTheLinkIsValid(t *testing.T) {
	harness.OnEachDatabaseWithMail(t, func(t *testing.T, server *harness.Server) {
		owner, token := taken(t, server)
		registration := strings.Replace(harness.Registration("adam"), harness.Email("adam"), harness.Email("ada"), 1)
		server.Client(t).Post(harness.RegisterPath, registration).Want(t, http.StatusConflict, "email_taken")
		eve := verified(t, server, "eve")
		eve.ChangeEmail(harness.Email("ada")).Want(t, http.StatusOK, "")
		before := len(server.Mails(t, harness.Email("ada")))
		owner.ChangeEmail(harness.Email("ada")).Want(t, http.StatusOK, "") // it is the owner's own
		if after := len(server.Mails(t, harness.Email("ada"))); after != before+1 {
			t.Errorf("%d mails more for who has it reserved, want 1", after-before)
		}
		server.Clock.Advance(7 * 24 * time.Hour)
		undo(t, server, token).Want(t, http.StatusBadRequest, "link_expired")
		server.Client(t).Post(harness.RegisterPath, registration).Want(t, http.StatusCreated, "")
	})
}

func TestUndoEmail_WorksForAnAddressThatHadComeBack(t *testing.T) {
	harness.OnEachDatabaseWithMail(t, func(t *testing.T, server *harness.Server) {
		ada := verified(t, server, "ada")
		for _, email := range []string{nextEmail, harness.Email("ada"), "third@example.com"} {
			ada.ChangeEmail(email).Want(t, http.StatusOK, "")
			server.Verify(t, server.LastMail(t, email).Token(t)).Want(t, http.StatusOK, "")
			server.Clock.Advance(time.Minute)
		}
		undo(t, server, server.LastMail(t, harness.Email("ada")).Token(t)).Want(t, http.StatusOK, "")
	})
}

func TestUndoEmail_NoMailOffersToUndoWhatIsUndone(t *testing.T) {
	harness.OnEachDatabaseWithMail(t, func(t *testing.T, server *harness.Server) {
		thief, token := taken(t, server)
		thief.ChangeEmail("third@example.com").Want(t, http.StatusOK, "")
		later := server.LastMail(t, "third@example.com").Token(t)
		before := len(server.Mails(t, nextEmail))
		server.Verify(t, later).Want(t, http.StatusOK, "")
		undo(t, server, token).Want(t, http.StatusOK, "") // before the mail about the second change is sent
		if after := len(server.Mails(t, nextEmail)); after != before {
			t.Errorf("%d mails with a dead link", after-before)
		}
	})
}

func TestUndoEmail_NobodyWithoutAVerifiedAddressGetsALink(t *testing.T) {
	server := harness.StartWithMail(t)
	ada := server.SignUp(t, "ada")
	before := len(server.Mails(t, harness.Email("ada")))
	ada.ChangeEmail(nextEmail).Want(t, http.StatusOK, "")
	server.Verify(t, server.LastMail(t, nextEmail).Token(t)).Want(t, http.StatusOK, "")
	for _, mail := range server.Mails(t, harness.Email("ada"))[before:] {
		if strings.Contains(mail.Text, "/undo-email-change") {
			t.Error("an address that nobody has verified can take the account back")
		}
	}
}
