package harness

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"sallyport/wire"
)

// OnEachDatabaseWithMail is [OnEachDatabase] with a real mail server, which is
// the server's MailServer.
func OnEachDatabaseWithMail(t *testing.T, test func(t *testing.T, server *Server), variables ...string) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, StartWithMail(t, variables...))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, StartWithMail(t, append([]string{"DATABASE_URL=" + MigratedPostgresURL(t)}, variables...)...))
	})
}

// StartWithMail is [Start] with a real mail server.
func StartWithMail(t testing.TB, variables ...string) *Server {
	t.Helper()
	mails := NewMailServer(t)
	server := Start(t, append([]string{"SMTP_URL=" + mails.URL, "MAIL_FROM=Example <no-reply@example.com>"}, variables...)...)
	server.MailServer = mails
	return server
}

// Mails delivers what waits, and returns every mail that has come for the address
// so far, in the order in which they were written: several are sent at once.
func (s *Server) Mails(t testing.TB, to string) (mails []Mail) {
	t.Helper()
	s.Deliver(t)
	if s.MailServer != nil {
		mails = s.MailServer.Mails(to)
	} else {
		mails = slices.DeleteFunc(OutboxMails(t, wire.MailFolder(s.Config)), func(m Mail) bool { return m.To != to })
	}
	slices.SortStableFunc(mails, func(a, b Mail) int { // it begins with a UUIDv7
		return strings.Compare(a.Header.Get("Message-Id"), b.Header.Get("Message-Id"))
	})
	return mails
}

// Deliver tries to send every mail that is due.
func (s *Server) Deliver(t testing.TB) {
	t.Helper()
	if _, err := s.Courier.Deliver(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
}

// LastMail delivers what waits, and returns the newest mail for the address.
func (s *Server) LastMail(t testing.TB, to string) Mail {
	t.Helper()
	return Last(t, s.Mails(t, to))
}

// PostAsNobody posts a JSON object of text fields, names and values in turn, as somebody
// who is not signed in.
func (s *Server) PostAsNobody(t testing.TB, path string, namesAndValues ...string) Answer {
	t.Helper()
	return s.Client(t).Post(path, Object(namesAndValues...))
}

// ResetToken asks for a link to reset the password of the user with this name, and
// returns its token.
func (s *Server) ResetToken(t testing.TB, username string) string {
	t.Helper()
	s.PostAsNobody(t, ForgotPasswordPath, "email", Email(username)).Want(t, http.StatusOK, "")
	return s.LastMail(t, Email(username)).Token(t)
}

// Reset sets [NextPassword] with the token of a link.
func (s *Server) Reset(t testing.TB, token string) Answer {
	t.Helper()
	return s.PostAsNobody(t, ResetPasswordPath, "token", token, "newPassword", NextPassword)
}

// Verify opens a link that verifies an address, or that changes it.
func (s *Server) Verify(t testing.TB, token string) Answer {
	t.Helper()
	return s.PostAsNobody(t, VerifyEmailPath, "token", token)
}

// ChangeEmail asks for another address for the signed-in user.
func (c *Client) ChangeEmail(email string) Answer {
	c.t.Helper()
	return c.Post(ChangeEmailPath, Object("password", Password, "email", email))
}

// Activity returns the names of the newest events of the signed-in user.
func (c *Client) Activity() (events []string) {
	c.t.Helper()
	var page struct{ Activity []struct{ Event string } }
	c.Get(ActivityPath).Want(c.t, http.StatusOK, "").Decode(c.t, &page)
	for _, one := range page.Activity {
		events = append(events, one.Event)
	}
	return events
}

// DeleteAccount deletes the account of the signed-in user.
func (c *Client) DeleteAccount() Answer {
	c.t.Helper()
	return c.Request(http.MethodDelete, CurrentUserPath, Object("password", Password), "Content-Type", "application/json")
}
