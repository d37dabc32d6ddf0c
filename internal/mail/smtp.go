package mail

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// conversation is how long one with a server may take, from the connection to the
// answer behind the mail. RFC 5321 §4.5.3.2 allows a server more; a slow one gets
// the mail at the next attempt.
const conversation = time.Minute

// Server is a mail server and how to speak to it.
type Server struct {
	Host           string
	Port           int
	TLS            bool // from the first byte (RFC 8314 §3.3)
	StartTLS       bool // before anything is said of the mail, or nothing is sent (RFC 3207)
	User, Password string
	From           Identity

	// For tests.
	Timeout time.Duration  // of a conversation; 0: a minute
	Roots   *x509.CertPool // nil: those of the system
	Dial    func(ctx context.Context, network, address string) (net.Conn, error)
}

// Send delivers the mail by SMTP, in a conversation of its own. The error is one
// of [ErrRefused] and [ErrSetup], or of the moment.
func (s Server) Send(ctx context.Context, m Mail) error {
	// 8 bits keep a link in one line, and readable. Servers without 8BITMIME, few
	// today, get quoted-printable.
	err := s.send(ctx, m, gomail.NoEncoding)
	var sending *gomail.SendError
	if errors.As(err, &sending) && sending.Reason == gomail.ErrNoUnencoded {
		err = s.send(ctx, m, gomail.EncodingQP)
	}
	return classify(err)
}

func (s Server) send(ctx context.Context, m Mail, encoding gomail.Encoding) error {
	msg, err := s.From.compose(m, encoding)
	if err != nil {
		return err
	}
	timeout := s.timeout()
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("no mail server was done within %s", timeout))
	defer cancel()
	client, err := s.client(ctx, timeout)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSetup, err)
	}
	err = client.DialAndSendWithContext(ctx, msg)
	if msg.IsDelivered() {
		return nil // what failed is the farewell
	}
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// Reach connects to the server as for a mail, signs in, and leaves. The error is
// [ErrSetup], or of the moment.
func (s Server) Reach(ctx context.Context) error {
	timeout := s.timeout()
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("no answer of the mail server within %s", timeout))
	defer cancel()
	client, err := s.client(ctx, timeout)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSetup, err)
	}
	err = client.DialWithContext(ctx)
	if err == nil {
		_ = client.Close() // what fails is the farewell
	} else if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return classify(err)
}

func (s Server) timeout() time.Duration {
	return cmp.Or(s.Timeout, conversation)
}

// client returns one for a single conversation, which ends with ctx: the library
// itself would neither close a connection on which it failed nor stop for ctx
// once it is connected, and it extends its own deadline at each step.
func (s Server) client(ctx context.Context, timeout time.Duration) (*gomail.Client, error) {
	dial := func(dialing context.Context, network, address string) (net.Conn, error) {
		connection, err := s.connect(dialing, network, address)
		if err == nil {
			context.AfterFunc(ctx, func() { _ = connection.Close() })
		}
		return connection, err
	}
	options := []gomail.Option{
		gomail.WithPort(s.Port), gomail.WithTimeout(2 * timeout), gomail.WithDialContextFunc(dial),
		gomail.WithHELO(s.From.domain()), // a container's host name is none that servers accept
		gomail.WithTLSConfig(s.tlsConfig()), gomail.WithTLSPolicy(gomail.NoTLS),
		gomail.WithoutSMTPUTF8(), gomail.WithoutNoop(), gomail.WithoutRset(),
	}
	if s.TLS {
		options = append(options, gomail.WithSSL())
	}
	if s.StartTLS {
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if s.User != "" {
		options = append(options, gomail.WithUsername(s.User), gomail.WithPassword(s.Password), gomail.WithOpportunisticSMTPAuth(s.mechanisms()...))
	}
	return gomail.NewClient(s.Host, options...)
}

// mechanisms are those of authentication, in the order of preference.
func (s Server) mechanisms() []gomail.SMTPAuthType {
	if s.TLS || s.StartTLS {
		return []gomail.SMTPAuthType{gomail.SMTPAuthPlain, gomail.SMTPAuthLogin}
	}
	return []gomail.SMTPAuthType{gomail.SMTPAuthPlainNoEnc, gomail.SMTPAuthLoginNoEnc} // to this machine
}

func (s Server) connect(ctx context.Context, network, address string) (net.Conn, error) {
	dial := s.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	connection, err := dial(ctx, network, address)
	if err != nil || !s.TLS {
		return connection, err
	}
	encrypted := tls.Client(connection, s.tlsConfig())
	if err := encrypted.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, connection.Close())
	}
	return encrypted, nil
}

func (s Server) tlsConfig() *tls.Config {
	return &tls.Config{ServerName: s.Host, RootCAs: s.Roots, MinVersion: tls.VersionTLS12}
}
