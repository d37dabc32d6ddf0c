package harness

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// MailServer is an SMTP server that keeps what it takes, and that a test can make
// refuse, fall silent, and go away for a while. Set what it is like before the
// first conversation, and what it does at any time with [MailServer.Behave].
type MailServer struct {
	URL            string // smtp://127.0.0.1:port
	Address        string // host:port
	User, Password string // what AUTH has to bring; "": no AUTH
	t              testing.TB
	tls            *tls.Config // of STARTTLS; nil: not offered
	implicit       bool
	mu             sync.Mutex
	behaviour      MailBehaviour
	mails          []Mail
	signedIn       int
	listener       net.Listener
	running        *smtp.Server
	silenced       []net.Conn
	ended          chan struct{} // closed when the test is over
}

// MailBehaviour is how a server answers. The zero value takes every mail.
type MailBehaviour struct {
	Sender    *smtp.SMTPError // the answer to MAIL
	Recipient *smtp.SMTPError // the answer to RCPT
	Content   *smtp.SMTPError // the answer to the mail itself
	Of        string          // the only recipient with these answers; "": everybody
	MuteFirst bool            // it takes connections and never says a word
	MuteAfter bool            // it reads a mail and never answers
	OnTaken   func()          // called when a mail was taken, before its 250
}

// The answers of a server that refuses.
var (
	Greylisted  = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "greylisted, try again later"}
	NoMailbox   = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such mailbox"}
	RelayDenied = &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "relay access denied"}
)

// NewMailServer starts an SMTP server without encryption. It ends with the test.
func NewMailServer(t testing.TB) *MailServer {
	t.Helper()
	s := newMailServer(t)
	s.Start()
	return s
}

// NewMailServerTLS starts one with a certificate for the name and 127.0.0.1: with
// TLS from the first byte, or else with STARTTLS. It returns what trusts it, as a
// pool and as a PEM file for SSL_CERT_FILE.
func NewMailServerTLS(t testing.TB, name string, implicit bool) (s *MailServer, roots *x509.CertPool, file string) {
	t.Helper()
	dir := t.TempDir()
	roots = Certificate(t, dir, 1, name)
	file = filepath.Join(dir, "cert.pem")
	certificate, err := tls.LoadX509KeyPair(file, filepath.Join(dir, "key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	s = newMailServer(t)
	s.tls, s.implicit = &tls.Config{Certificates: []tls.Certificate{certificate}}, implicit
	s.Start()
	return s, roots, file
}

func newMailServer(t testing.TB) *MailServer {
	s := &MailServer{t: t, Address: "127.0.0.1:0", ended: make(chan struct{})}
	t.Cleanup(func() { close(s.ended); s.Stop() })
	return s
}

// Start listens: at a free port at first, at the same one after a [MailServer.Stop].
func (s *MailServer) Start() {
	s.t.Helper()
	var listener net.Listener
	Await(s.t, func() (err error) { listener, err = net.Listen("tcp", s.Address); return err })
	s.Address, s.listener = listener.Addr().String(), listener
	scheme := "smtp://"
	s.running = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &mailSession{server: s}, nil }))
	s.running.AllowInsecureAuth, s.running.EnableSMTPUTF8 = true, true
	s.running.ErrorLog = log.New(io.Discard, "", 0)
	s.running.TLSConfig = s.tls
	listener = &mutable{listener, s}
	if s.implicit {
		scheme, s.running.TLSConfig = "smtps://", nil
		listener = tls.NewListener(listener, s.tls)
	}
	s.URL = scheme + s.Address
	running := s.running
	go func() { _ = running.Serve(listener) }() // ends with Stop
}

// Stop closes the port and every conversation. What was taken is kept.
func (s *MailServer) Stop() {
	_ = s.listener.Close() // it may have ended already
	_ = s.running.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, connection := range s.silenced {
		_ = connection.Close()
	}
}

// Behave changes how the server answers from now on.
func (s *MailServer) Behave(b MailBehaviour) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.behaviour = b
}

func (s *MailServer) behaves() MailBehaviour {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.behaviour
}

// Mails returns what the server has taken for this address, or for all with "",
// oldest first.
func (s *MailServer) Mails(to string) []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.mails), func(m Mail) bool { return to != "" && m.To != to })
}

// SignedIn returns how many conversations brought the right password.
func (s *MailServer) SignedIn() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.signedIn
}

// mutable is a listener that keeps connections to itself while the server is mute.
type mutable struct {
	net.Listener
	server *MailServer
}

func (l *mutable) Accept() (net.Conn, error) {
	for {
		connection, err := l.Listener.Accept()
		if err != nil || !l.server.behaves().MuteFirst {
			return connection, err
		}
		l.server.mu.Lock()
		l.server.silenced = append(l.server.silenced, connection)
		l.server.mu.Unlock()
	}
}

// mailSession is one conversation.
type mailSession struct {
	server   *MailServer
	from, to string
	utf8     bool
}

func (c *mailSession) AuthMechanisms() []string {
	if c.server.User == "" {
		return nil
	}
	return []string{sasl.Plain}
}

func (c *mailSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != c.server.User || password != c.server.Password {
			return smtp.ErrAuthFailed
		}
		c.server.mu.Lock()
		defer c.server.mu.Unlock()
		c.server.signedIn++
		return nil
	}), nil
}

func (c *mailSession) Mail(from string, options *smtp.MailOptions) error {
	c.from, c.utf8 = from, options.UTF8
	return answer(c.server.behaves().Sender)
}

func (c *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	c.to = to
	return c.toRecipient(func(b MailBehaviour) *smtp.SMTPError { return b.Recipient })
}

func (c *mailSession) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if c.server.behaves().MuteAfter {
		<-c.server.ended
		return errors.New("the test is over")
	}
	if err := c.toRecipient(func(b MailBehaviour) *smtp.SMTPError { return b.Content }); err != nil {
		return err
	}
	mail, err := ReadMail(raw)
	if err != nil {
		return err
	}
	mail.From, mail.To, mail.UTF8 = c.from, c.to, c.utf8
	c.server.mu.Lock()
	c.server.mails = append(c.server.mails, mail)
	c.server.mu.Unlock()
	if taken := c.server.behaves().OnTaken; taken != nil {
		taken()
	}
	return nil
}

// toRecipient is the answer that the behaviour has for the one of this mail.
func (c *mailSession) toRecipient(which func(MailBehaviour) *smtp.SMTPError) error {
	b := c.server.behaves()
	if b.Of != "" && b.Of != c.to {
		return nil
	}
	return answer(which(b))
}

// answer makes nil a nil error.
func answer(refusal *smtp.SMTPError) error {
	if refusal == nil {
		return nil
	}
	return refusal
}

func (c *mailSession) Reset()        { c.from, c.to = "", "" }
func (c *mailSession) Logout() error { return nil }
