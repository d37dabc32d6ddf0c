package binary

import (
	"errors"
	"fmt"
	"path/filepath"
	"syscall"
	"testing"

	"sallyport/tests/harness"
)

func withMail(server *harness.MailServer) []string {
	return []string{"SMTP_URL=" + server.URL, "MAIL_FROM=no-reply@example.com"}
}

// awaitMails waits until the server has taken so many.
func awaitMails(t *testing.T, server *harness.MailServer, n int) []harness.Mail {
	t.Helper()
	harness.Await(t, func() error {
		if got := len(server.Mails("")); got != n {
			return fmt.Errorf("%d mails, want %d", got, n)
		}
		return nil
	})
	return server.Mails("")
}

// The program dies between the mail server's taking the mail and its answer: it
// cannot know, and sends the mail once more.
func TestMail_KilledWhileItIsSentIsOneDuplicate(t *testing.T) {
	t.Parallel()
	server, dir := harness.NewMailServer(t), t.TempDir()
	p := serve(t, dir, withMail(server)...)
	server.Behave(harness.MailBehaviour{OnTaken: p.Kill})
	p.SignUp("ada")
	first := awaitMails(t, server, 1)[0]
	<-p.Exited
	server.Behave(harness.MailBehaviour{})
	db := harness.OpenSQL(t, "sqlite", filepath.Join(dir, "data", "sallyport.db"))
	if result, err := db.ExecContext(t.Context(), "UPDATE outbox SET lease_end = created_at"); err != nil { // what the clock does in three minutes
		t.Fatal(err)
	} else if n, _ := result.RowsAffected(); n != 1 {
		t.Fatalf("%d mails wait, want 1", n)
	}
	again := serve(t, dir, withMail(server)...)
	second := awaitMails(t, server, 2)[1]
	if id := first.Header.Get("Message-Id"); id == "" || second.Header.Get("Message-Id") != id {
		t.Errorf("two mails: %s and %s", id, second.Header.Get("Message-Id"))
	}
	again.Stop(syscall.SIGTERM)
	if n := harness.Column(t, db, "SELECT CAST(count(*) AS TEXT) FROM outbox"); n != "0" {
		t.Errorf("%s mails wait", n)
	}
}

// A program that is told to stop finishes the mail that it is sending.
func TestMail_IsDrainedAtShutdown(t *testing.T) {
	t.Parallel()
	server, dir := harness.NewMailServer(t), t.TempDir()
	p := serve(t, dir, withMail(server)...)
	stopping := make(chan error, 1)
	server.Behave(harness.MailBehaviour{OnTaken: func() { // before its answer
		stopping <- p.Cmd.Process.Signal(syscall.SIGTERM)
		harness.Await(t, func() error { // until the program has closed its port
			if _, err := p.Try(p.HTTP, "GET", "/healthz", "", ""); err == nil {
				return errors.New("it still answers")
			}
			return nil
		})
	}})
	p.SignUp("ada")
	if err := <-stopping; err != nil {
		t.Fatal(err)
	}
	if code := p.ExitCode(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	db := harness.OpenSQL(t, "sqlite", filepath.Join(dir, "data", "sallyport.db"))
	if n := harness.Column(t, db, "SELECT CAST(count(*) AS TEXT) FROM outbox"); n != "0" || len(server.Mails("")) != 1 {
		t.Errorf("%s mails wait, %d were sent", n, len(server.Mails("")))
	}
}

// A mail server that takes a connection and says nothing holds up no answer.
func TestMail_AServerThatFallsSilentHoldsUpNoAnswer(t *testing.T) {
	t.Parallel()
	server := harness.NewMailServer(t)
	server.Behave(harness.MailBehaviour{MuteFirst: true})
	p := serve(t, t.TempDir(), append(withMail(server), "RATE_LIMITS=off")...)
	access := p.SignUp("ada").Access
	for i := range 8 { // more than there are conversations
		p.SignUp(fmt.Sprint("user", i))
	}
	p.Send("POST", harness.ForgotPasswordPath, "", harness.Object("email", harness.Email("ada"))).Want(t, 200, "")
	p.CurrentUser(access).Want(t, 200, "")
}
