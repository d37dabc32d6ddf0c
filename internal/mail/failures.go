package mail

import (
	"errors"
	"fmt"
	"net/textproto"
	"strings"

	gomail "github.com/wneessen/go-mail"
)

// Why mail was not sent. Any other error is of the moment: the network, a time-out,
// a server that wants to be asked later (4xx, as in greylisting).
var (
	// ErrRefused says that this mail to this recipient will never be taken.
	ErrRefused = errors.New("the recipient is refused for good")
	// ErrSetup says that the server refuses us, whoever the recipient is. It goes
	// on when the operator has mended it.
	ErrSetup = errors.New("the mail server refuses this program")
)

// classify makes the error of a conversation one of the above. What it says holds
// neither the recipient nor anything of the mail, which servers quote.
func classify(err error) error {
	var sending *gomail.SendError
	var reply *textproto.Error
	switch {
	case errors.As(err, &sending):
		return ofMail(sending)
	case errors.As(err, &reply) && reply.Code >= 500: // the greeting, EHLO, STARTTLS or AUTH
		return fmt.Errorf("%w: %w", ErrSetup, err)
	}
	return err
}

// ofMail classifies a reply to MAIL, RCPT or DATA. Source: RFC 5321 §4.2.1.
func ofMail(e *gomail.SendError) error {
	err := errors.New(e.Reason.String())
	if e.ErrorCode() != 0 {
		err = fmt.Errorf("%w: %d %s", err, e.ErrorCode(), e.EnhancedStatusCode())
	}
	switch {
	case e.ErrorCode() < 500:
		return err
	case e.Reason == gomail.ErrSMTPMailFrom || aboutUs(e.EnhancedStatusCode()):
		return fmt.Errorf("%w: %w", ErrSetup, err)
	}
	return fmt.Errorf("%w: %w", ErrRefused, err)
}

// aboutUs reports codes that do not judge the recipient: of a bad sender and of
// policy, as "relaying denied". Many servers give them only after RCPT. Source:
// RFC 3463 §3.2, §3.8.
func aboutUs(enhanced string) bool {
	return strings.HasPrefix(enhanced, "5.7.") || enhanced == "5.1.7" || enhanced == "5.1.8"
}
