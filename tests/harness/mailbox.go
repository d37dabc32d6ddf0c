package harness

import (
	"testing"

	"sallyport/wire"
)

// Mails delivers what waits, and returns every mail that has come for the address
// so far, oldest first: from the folder where the program keeps mail without a
// mail server.
func (s *Server) Mails(t testing.TB, to string) (mails []Mail) {
	t.Helper()
	s.Deliver(t)
	for _, mail := range OutboxMails(t, wire.MailFolder(s.Config)) {
		if mail.To == to {
			mails = append(mails, mail)
		}
	}
	return mails
}

// Deliver tries to send every mail that is due.
func (s *Server) Deliver(t testing.TB) {
	t.Helper()
	if _, err := s.Courier.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
}
