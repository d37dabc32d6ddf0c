package mail_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"sallyport/internal/mail"
	"sallyport/tests/harness"
)

var identity = mail.Identity{From: "Example Zoë <no-reply@mail.example.com>", ReplyTo: "help@example.com", Bounce: "bounces@example.com"}

// at returns the sender to a server on this machine.
func at(t *testing.T, address string) mail.Server {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return mail.Server{Host: host, Port: number, From: identity}
}

// elsewhere returns the sender to a server whose name is not local.
func elsewhere(t *testing.T, name, address string) mail.Server {
	t.Helper()
	s := at(t, address)
	s.Host = name
	s.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	return s
}

func TestSend_MailArrivesWithItsHeadersAndBothParts(t *testing.T) {
	server := harness.NewMailServer(t)
	m := message(mail.ResetPassword)
	m.Locale = "hi"
	sent := render(t, m, letter(m.Kind, "Ada"))
	if err := at(t, server.Address).Send(t.Context(), sent); err != nil {
		t.Fatal(err)
	}
	got := harness.Last(t, server.Mails(""))
	if got.From != "bounces@example.com" || got.To != "ada@example.com" {
		t.Errorf("envelope: from %s to %s", got.From, got.To)
	}
	for name, want := range map[string]string{
		"From": "=?utf-8?q?Example_Zo=C3=AB?= <no-reply@mail.example.com>", "To": "<ada@example.com>", "Reply-To": "<help@example.com>",
		"Message-Id": "<" + m.ID.String() + "@mail.example.com>", "Auto-Submitted": "auto-generated",
		"Date": "Sun, 29 Nov 2026 01:15:00 +0000", "Cc": "", "Bcc": "", "User-Agent": "", "X-Mailer": "",
	} {
		if got.Header.Get(name) != want {
			t.Errorf("%s: %q, want %q", name, got.Header.Get(name), want)
		}
	}
	if got.Subject != sent.Subject || !strings.HasPrefix(got.Header.Get("Subject"), "=?UTF-8?") { // RFC 2047
		t.Errorf("subject %q, sent as %q", got.Subject, got.Header.Get("Subject"))
	}
	if got.Text != sent.Text || got.HTML != sent.HTML {
		t.Errorf("%q\n%q", got.Text, got.HTML)
	}
	if got.Link(t) != link {
		t.Errorf("the link is %q", got.Link(t))
	}
	if got.UTF8 {
		t.Error("it asks every server on the way for SMTPUTF8, which few have")
	}
}

func TestSend_EveryHeaderLineIsASCIIAndShort(t *testing.T) {
	server := harness.NewMailServer(t)
	templates := load(t, "")
	for _, locale := range templates.Languages() {
		for _, k := range kinds {
			l := letter(k.kind, "Ada")
			l.Locale = locale
			m, err := templates.Render(message(k.kind), l, happened)
			if err != nil {
				t.Fatal(err)
			}
			if err := at(t, server.Address).Send(t.Context(), m); err != nil {
				t.Fatal(locale, k.kind, err)
			}
			got := harness.Last(t, server.Mails(""))
			head, _, _ := strings.Cut(got.Raw, "\r\n\r\n")
			for line := range strings.SplitSeq(head, "\r\n") {
				if len(line) > 98 || strings.ContainsFunc(line, func(c rune) bool { return c > 0x7e }) {
					t.Errorf("%s %s: %q", locale, k.kind, line)
				}
			}
			if got.Subject != m.Subject {
				t.Errorf("%s %s: the subject %q arrives as %q", locale, k.kind, m.Subject, got.Subject)
			}
			if k.link && strings.Count(got.Raw, "\r\n"+link+"\r\n") != 1 {
				t.Errorf("%s %s: the link is not one line as it is sent", locale, k.kind)
			}
		}
	}
}

func TestSend_WithoutReplyToAndBounceBothGoToTheSender(t *testing.T) {
	server := harness.NewMailServer(t)
	sender := at(t, server.Address)
	sender.From = mail.Identity{From: "no-reply@xn--bcher-kva.example"}
	m := message(mail.NewDevice)
	m.To = "ada@xn--mnchen-3ya.example" // an international domain, as it is stored
	if err := sender.Send(t.Context(), render(t, m, mail.Letter{})); err != nil {
		t.Fatal(err)
	}
	got := harness.Last(t, server.Mails("ada@xn--mnchen-3ya.example"))
	if got.From != "no-reply@xn--bcher-kva.example" || got.Header.Get("Reply-To") != "" {
		t.Errorf("from %s, Reply-To %q", got.From, got.Header.Get("Reply-To"))
	}
}

func TestSend_TellsApartWhatIsOfTheMomentOfTheRecipientAndOfUs(t *testing.T) {
	tests := []struct {
		why       string
		behaviour harness.MailBehaviour
		want      error // nil: of the moment
	}{
		{"greylisted", harness.MailBehaviour{Recipient: harness.Greylisted}, nil},
		{"busy after the mail", harness.MailBehaviour{Content: &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 3, 1}, Message: "disk full"}}, nil},
		{"no such mailbox", harness.MailBehaviour{Recipient: harness.NoMailbox}, mail.ErrRefused},
		{"no such mailbox, from a server without enhanced codes", harness.MailBehaviour{Recipient: &smtp.SMTPError{Code: 550, EnhancedCode: smtp.NoEnhancedCode, Message: "no"}}, mail.ErrRefused},
		{"content refused", harness.MailBehaviour{Content: &smtp.SMTPError{Code: 552, EnhancedCode: smtp.EnhancedCode{5, 3, 4}, Message: "too big"}}, mail.ErrRefused},
		{"our sender is refused", harness.MailBehaviour{Sender: &smtp.SMTPError{Code: 553, EnhancedCode: smtp.EnhancedCode{5, 1, 8}, Message: "sender"}}, mail.ErrSetup},
		{"our sender is refused, by a server without enhanced codes", harness.MailBehaviour{Sender: &smtp.SMTPError{Code: 550, EnhancedCode: smtp.NoEnhancedCode, Message: "no"}}, mail.ErrSetup},
		{"relaying is denied, which Postfix says after RCPT", harness.MailBehaviour{Recipient: harness.RelayDenied}, mail.ErrSetup},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			server := harness.NewMailServer(t)
			server.Behave(tt.behaviour)
			err := at(t, server.Address).Send(t.Context(), render(t, message(mail.NewDevice), mail.Letter{}))
			wantFailure(t, err, tt.want)
			if n := len(server.Mails("")); n != 0 {
				t.Errorf("%d mails taken", n)
			}
		})
	}
}

// wantFailure checks of which class an error is; nil is of the moment.
func wantFailure(t *testing.T, err, want error) {
	t.Helper()
	if err == nil {
		t.Fatal("sent")
	}
	for _, class := range []error{mail.ErrRefused, mail.ErrSetup} {
		if errors.Is(err, class) != (class == want) {
			t.Errorf("%v, want of the class: %v", err, want)
		}
	}
}

func TestSend_ErrorQuotesNothingOfTheMail(t *testing.T) {
	server := harness.NewMailServer(t)
	for _, b := range []harness.MailBehaviour{
		{Recipient: &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "<ada@example.com>: unknown"}},
		{Content: &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: "blocked: " + link}},
	} {
		server.Behave(b)
		err := at(t, server.Address).Send(t.Context(), render(t, message(mail.VerifyEmail), letter(mail.VerifyEmail, "")))
		if err == nil || strings.Contains(err.Error(), "ada@") || strings.Contains(err.Error(), "token") {
			t.Error(err)
		}
	}
}

func TestSend_AddressThatIsNoneIsRefusedForGood(t *testing.T) {
	server := harness.NewMailServer(t)
	for _, to := range []string{"ada", "ada@example.com, eve@example.com", "ada@example.com\r\nRCPT TO:<eve@example.com>"} {
		m := message(mail.NewDevice)
		m.To = to
		err := at(t, server.Address).Send(t.Context(), render(t, m, mail.Letter{}))
		wantFailure(t, err, mail.ErrRefused)
		if strings.Contains(err.Error(), "ada") {
			t.Error(err)
		}
	}
	if n := len(server.Mails("")); n != 0 {
		t.Errorf("%d mails taken", n)
	}
}

func TestSend_ServerThatIsNotThereIsOfTheMoment(t *testing.T) {
	server := harness.NewMailServer(t)
	server.Stop()
	wantFailure(t, at(t, server.Address).Send(t.Context(), render(t, message(mail.NewDevice), mail.Letter{})), nil)
}

func TestSend_SilentServerHasADeadlineFromTheGreetingOn(t *testing.T) {
	for why, b := range map[string]harness.MailBehaviour{
		"no greeting": {MuteFirst: true}, "no answer to the mail": {MuteAfter: true},
	} {
		t.Run(why, func(t *testing.T) {
			server := harness.NewMailServer(t)
			server.Behave(b)
			sender := at(t, server.Address)
			sender.Timeout = 50 * time.Millisecond
			err := sender.Send(t.Context(), render(t, message(mail.NewDevice), mail.Letter{}))
			wantFailure(t, err, nil)
			if !strings.Contains(err.Error(), "within 50ms") {
				t.Error(err)
			}
		})
	}
}

func TestSend_EndsWithItsContextInTheMiddleOfAConversation(t *testing.T) {
	server := harness.NewMailServer(t)
	server.Behave(harness.MailBehaviour{MuteFirst: true})
	sender := at(t, server.Address)
	sender.Timeout = time.Hour
	ctx, cancel := context.WithCancel(t.Context())
	sender.Dial = func(dialing context.Context, network, address string) (net.Conn, error) {
		connection, err := new(net.Dialer).DialContext(dialing, network, address)
		return hangsUp{connection, cancel}, err
	}
	result := make(chan error, 1)
	go func() { result <- sender.Send(ctx, render(t, message(mail.NewDevice), mail.Letter{})) }()
	select {
	case err := <-result:
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	case <-time.After(30 * time.Second): // only where it waits for its own hour
		t.Error("it goes on")
	}
}

// hangsUp is a connection on which the first read cancels the conversation.
type hangsUp struct {
	net.Conn
	cancel func()
}

func (c hangsUp) Read(p []byte) (int, error) {
	c.cancel()
	return c.Conn.Read(p)
}

func TestSend_STARTTLSNotOfferedSendsNothingAndNoCredentials(t *testing.T) {
	server := harness.NewMailServer(t)
	server.User, server.Password = "user", "hunter2"
	sender := elsewhere(t, "mail.example.com", server.Address)
	sender.StartTLS = true
	for _, user := range []string{"", "user"} {
		sender.User, sender.Password = user, "hunter2"
		wantFailure(t, sender.Send(t.Context(), render(t, message(mail.NewDevice), mail.Letter{})), nil)
		if server.SignedIn() != 0 || len(server.Mails("")) != 0 {
			t.Errorf("user %q: %d sign-ins, %d mails", user, server.SignedIn(), len(server.Mails("")))
		}
	}
}

func TestSend_EncryptsBeforeItSignsIn(t *testing.T) {
	for _, implicit := range []bool{true, false} {
		t.Run(fmt.Sprintf("implicit %t", implicit), func(t *testing.T) {
			server, roots, _ := harness.NewMailServerTLS(t, "mail.example.com", implicit)
			server.User, server.Password = "user", "hunter2"
			sender := elsewhere(t, "mail.example.com", server.Address)
			sender.TLS, sender.StartTLS, sender.Roots = implicit, !implicit, roots
			sender.User, sender.Password = "user", "hunter2"
			if err := sender.Send(t.Context(), render(t, message(mail.NewDevice), mail.Letter{})); err != nil {
				t.Fatal(err)
			}
			if server.SignedIn() != 1 || len(server.Mails("")) != 1 {
				t.Errorf("%d sign-ins, %d mails", server.SignedIn(), len(server.Mails("")))
			}
			sender.Password = "wrong"
			wantFailure(t, sender.Send(t.Context(), render(t, message(mail.NewDevice), mail.Letter{})), mail.ErrSetup)
		})
	}
}

func TestSend_CertificateOfAnotherIsNotTrusted(t *testing.T) {
	for _, implicit := range []bool{true, false} {
		server, roots, _ := harness.NewMailServerTLS(t, "other.example.com", implicit)
		server.User, server.Password = "user", "hunter2"
		sender := elsewhere(t, "mail.example.com", server.Address)
		sender.TLS, sender.StartTLS, sender.Roots = implicit, !implicit, roots
		sender.User, sender.Password = "user", "hunter2"
		wantFailure(t, sender.Send(t.Context(), render(t, message(mail.NewDevice), mail.Letter{})), nil)
		if server.SignedIn() != 0 || len(server.Mails("")) != 0 {
			t.Errorf("implicit %t: %d sign-ins, %d mails", implicit, server.SignedIn(), len(server.Mails("")))
		}
	}
}

func TestSend_LocalServerGetsThePasswordWithoutEncryption(t *testing.T) {
	server := harness.NewMailServer(t)
	server.User, server.Password = "user", "hunter2"
	sender := at(t, server.Address)
	sender.User, sender.Password = "user", "hunter2"
	if err := sender.Send(t.Context(), render(t, message(mail.NewDevice), mail.Letter{})); err != nil || server.SignedIn() != 1 {
		t.Error(err, server.SignedIn())
	}
}

// A server without 8BITMIME gets quoted-printable, of which the reader sees nothing.
func TestSend_ServerOfSevenBitsGetsTheSameMail(t *testing.T) {
	address, raw := sevenBitServer(t, "221 bye")
	m := message(mail.ResetPassword)
	m.Locale = "de"
	sent := render(t, m, letter(m.Kind, "Zoë"))
	if err := at(t, address).Send(t.Context(), sent); err != nil {
		t.Fatal(err)
	}
	text := <-raw
	if strings.ContainsFunc(text, func(c rune) bool { return c > 0x7e }) {
		t.Error("it holds bytes that the server may change")
	}
	got, err := harness.ReadMail([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if got.Text != sent.Text || got.HTML != sent.HTML || got.Link(t) != link {
		t.Errorf("%s", text)
	}
}

// sevenBitServer takes mail without any extension, and gives each it has taken. It
// hangs up where it has no farewell.
func sevenBitServer(t *testing.T, farewell string) (address string, raw <-chan string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	taken := make(chan string, 1)
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			converse(connection, farewell, taken)
		}
	}()
	return listener.Addr().String(), taken
}

func converse(connection net.Conn, farewell string, taken chan<- string) {
	defer connection.Close()
	reply := func(text string) { fmt.Fprint(connection, text, "\r\n") }
	reply("220 old.example.com")
	var mail strings.Builder
	inMail := false
	for lines := bufio.NewScanner(connection); lines.Scan(); {
		line := lines.Text()
		switch {
		case inMail && line == ".":
			inMail = false
			taken <- mail.String()
			reply("250 taken")
		case inMail:
			mail.WriteString(strings.TrimPrefix(line, ".") + "\r\n")
		case line == "DATA":
			inMail = true
			reply("354 go on")
		case line == "QUIT" && farewell == "":
			return
		case line == "QUIT":
			reply(farewell)
		default:
			reply("250 ok")
		}
	}
}

func TestSend_ServerThatHangsUpAfterItTookTheMailHasTakenIt(t *testing.T) {
	address, raw := sevenBitServer(t, "")
	if err := at(t, address).Send(t.Context(), render(t, message(mail.NewDevice), mail.Letter{})); err != nil {
		t.Error("it would be sent twice:", err)
	}
	<-raw
}

func TestIdentity_ParsesAsAnyMailProgramDoes(t *testing.T) {
	server := harness.NewMailServer(t)
	if err := at(t, server.Address).Send(t.Context(), render(t, message(mail.NewDevice), mail.Letter{})); err != nil {
		t.Fatal(err)
	}
	from, err := netmail.ParseAddress(harness.Last(t, server.Mails("")).Header.Get("From"))
	if err != nil || from.Name != "Example Zoë" || from.Address != "no-reply@mail.example.com" {
		t.Error(from, err)
	}
}
