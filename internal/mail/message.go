// Package mail writes messages in the language of their reader and delivers
// them: by SMTP, or as files while nobody has set up a server. Most callers need
// [LoadTemplates], [NewCourier] and [Message]. It knows no users: whoever wires
// it says where messages wait ([Queue]) and what they need ([Prepare]). It
// imports no other package of the program.
package mail

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Kind is what a message is for.
type Kind string

// The kinds of messages. Those with a link say so.
const (
	VerifyEmail          Kind = "verify_email"           // link; to the address of a new account, or of one that asks again
	ResetPassword        Kind = "reset_password"         // link
	ChangeEmail          Kind = "change_email"           // link; to the new address
	EmailChangeRequested Kind = "email_change_requested" // to the present address
	EmailChanged         Kind = "email_changed"          // link to undo the change; to the address just replaced
	NewDevice            Kind = "new_device"
	PasswordChanged      Kind = "password_changed"
	AccountDeleted       Kind = "account_deleted"
	TokenTheft           Kind = "token_theft"
)

// Message waits to be delivered. It holds no secret: the link is made when it
// is sent.
type Message struct {
	ID        uuid.UUID // UUIDv7
	UserID    uuid.UUID // zero: nobody's, or known by the address alone
	Kind      Kind
	To        string // the address in its stored spelling
	Locale    string // of the reader; "" where only the account knows
	CreatedAt time.Time
	At        time.Time // when what it tells of happened
	Device    string    // from which device, for people; "" where nobody knows
	IP        string
	Attempts  int       // to deliver it, before this one
	LeaseEnd  time.Time // until then nobody else delivers it; names the lease
}

// Letter is what a message needs when it is sent.
type Letter struct {
	Name   string        // of the reader; "" to an address that is not verified
	Locale string        // overrides that of the message, where it is not ""
	Link   string        // "" for a kind without one
	Valid  time.Duration // how long the link works
}

// Prepare returns what the message needs now. wanted = false means that nobody
// wants it any more: its account is gone or has another address. It is called
// once for each attempt.
type Prepare func(ctx context.Context, m Message) (letter Letter, wanted bool, err error)

// Queue is where messages wait, for all instances of the program.
type Queue interface {
	// LeaseMail returns up to n messages that are due at now and that nobody
	// else has, oldest first, and keeps others from them until leaseEnd.
	LeaseMail(ctx context.Context, now, leaseEnd time.Time, n int) ([]Message, error)
	// RemoveMail takes the message out of the queue: it was delivered, nobody
	// wants it, or it is given up. A message that is gone, or that somebody
	// else has leased, is no error and stays as it is.
	RemoveMail(ctx context.Context, m Message) error
	// RetryMail gives up the lease, counts the attempt and makes the message due
	// at that time, with the same exceptions.
	RetryMail(ctx context.Context, m Message, at time.Time) error
}
