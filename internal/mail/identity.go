package mail

import (
	"fmt"
	netmail "net/mail"
	"strings"

	gomail "github.com/wneessen/go-mail"
)

// Identity is whom mail is from.
type Identity struct {
	From    string // an address, or Name <address> (RFC 5322 §3.4)
	ReplyTo string // the same; "": answers go to From
	Bounce  string // the address for reports of failure; "": that of From
}

// domain is the one of From.
func (i Identity) domain() string {
	address, err := netmail.ParseAddress(i.From)
	if err != nil {
		return "localhost"
	}
	return address.Address[strings.LastIndexByte(address.Address, '@')+1:]
}

// compose returns the mail with its headers, for its one recipient. A message has
// the same Message-ID each time: who gets it twice can see that it is one.
// Auto-Submitted keeps machines from answering (RFC 3834 §5).
func (i Identity) compose(m Mail, encoding gomail.Encoding) (*gomail.Msg, error) {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithEncoding(encoding))
	if err := msg.From(i.From); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSetup, err)
	}
	if i.ReplyTo != "" {
		if err := msg.ReplyTo(i.ReplyTo); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrSetup, err)
		}
	}
	if i.Bounce != "" {
		if err := msg.EnvelopeFrom(i.Bounce); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrSetup, err)
		}
	}
	if msg.To(m.To) != nil {
		return nil, fmt.Errorf("%w: not an address", ErrRefused) // the error would show it
	}
	msg.Subject(m.Subject)
	msg.SetDateWithValue(m.Date)
	msg.SetMessageIDWithValue(m.ID.String() + "@" + i.domain())
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	return msg, nil
}
