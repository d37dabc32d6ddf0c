// Package auth holds the use cases: register, log in, refresh, log out, change
// the password, list and end sessions, and find out who a request is from.
// Most callers need [New] and the methods of [Service]. It knows no HTTP; it
// may import models, the packages under internal, and its own session, token
// and password packages.
package auth

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"sallyport/auth/password"
	"sallyport/auth/session"
	"sallyport/auth/token"
	"sallyport/internal/apperror"
	"sallyport/internal/mail"
	"sallyport/models"
)

// UserStore is where users live. *models.Store is one.
type UserStore interface {
	// Taken reports which of the two names belongs to somebody else at now.
	Taken(ctx context.Context, names models.Names, now time.Time) (email, username bool, err error)
	// UserByID, UserByEmail and UserByUsername load one user. If there is
	// none, they return found = false, not an error.
	UserByID(ctx context.Context, id uuid.UUID) (user models.User, found bool, err error)
	UserByEmail(ctx context.Context, email string) (user models.User, found bool, err error)
	UserByUsername(ctx context.Context, username string) (user models.User, found bool, err error)
	// Apply makes all of the change or nothing. applied = false means that a row
	// has changed since it was loaded, or that a one-time token was spent, and
	// nothing was written. When it returns true all is durable. A taken name is
	// models.ErrDuplicate.
	Apply(ctx context.Context, change models.Change) (applied bool, err error)
	// HasUsed reports whether the user had one of these events on such a device.
	HasUsed(ctx context.Context, userID uuid.UUID, device string, events ...string) (used bool, err error)
	// OneTimeTokenByHash loads a token. If there is none, it returns found =
	// false, not an error.
	OneTimeTokenByHash(ctx context.Context, hash string) (link models.OneTimeToken, found bool, err error)
	// Mint makes the token of a message that is about to be sent, in place of
	// older ones. minted = false means that the message is not to be sent.
	Mint(ctx context.Context, message mail.Message, link models.OneTimeToken) (minted bool, err error)
	// CountFailedLogin adds one to the user's wrong passwords in a row and
	// returns how many there are now. Reaching lockAt makes every change of the
	// user in flight lose, and writes locked.
	CountFailedLogin(ctx context.Context, id uuid.UUID, lockAt int, locked models.Activity) (failed int, err error)
	// CountUnknownLogin costs what CountFailedLogin does, for nobody.
	CountUnknownLogin(ctx context.Context, name string) error
}

// Limiter limits what may happen to one account. The error of Take is the
// answer of the request; GiveBack undoes a Take.
type Limiter interface {
	Take(ctx context.Context, key string) error
	GiveBack(ctx context.Context, key string)
}

// Options is what a [Service] is built from. Every field is needed that does not
// say what nil means.
type Options struct {
	Store        UserStore
	Hasher       *password.Hasher
	Access       *token.Signer
	Refresh      *token.Signer
	Sessions     session.Policy
	AccessExpiry time.Duration // of an access token
	CacheTTL     time.Duration // how long a user may be remembered; 0 reads the row each time
	Outside      Outside       // what other instances do
	Passwords    PasswordPolicy
	Breaches     BreachList // nil: none is asked
	Post         Post
	MustVerify   bool              // sign in nobody whose email is not verified
	Guesses      Limiter           // of the wrong passwords for one account
	Refreshes    Limiter           // of the refreshes of one session
	Meter        Meter             // nil: nothing is counted
	Background   func(task func()) // runs what no answer waits for
	Now          func() time.Time
	Log          *slog.Logger
}

// Service is the use cases. It is safe for concurrent use.
type Service struct {
	store        *snapshots
	hasher       *password.Hasher
	access       *token.Signer
	refresh      *token.Signer
	sessions     session.Policy
	accessExpiry time.Duration
	passwords    PasswordPolicy
	breaches     BreachList
	post         Post
	mustVerify   bool
	guesses      Limiter
	refreshes    Limiter
	meter        Meter
	confirming   confirmations
	background   func(task func())
	now          func() time.Time
	log          *slog.Logger
}

// New returns the Service of these options.
func New(o Options) (*Service, error) {
	store, err := newSnapshots(o.Store, o.Outside, o.CacheTTL, o.Now)
	if err != nil {
		return nil, fmt.Errorf("session cache: %w", err)
	}
	meter := o.Meter
	if meter == nil {
		meter = noMeter{}
	}
	store.meter = meter
	return &Service{
		store:        store,
		hasher:       o.Hasher,
		access:       o.Access,
		refresh:      o.Refresh,
		sessions:     o.Sessions,
		accessExpiry: o.AccessExpiry,
		passwords:    o.Passwords,
		breaches:     o.Breaches,
		post:         o.Post,
		mustVerify:   o.MustVerify,
		guesses:      o.Guesses,
		refreshes:    o.Refreshes,
		meter:        meter,
		confirming:   confirmations{running: map[string]bool{}},
		background:   o.Background,
		now:          func() time.Time { return o.Now().UTC().Truncate(time.Microsecond) },
		log:          o.Log,
	}, nil
}

// Forget drops what is remembered of users whom another process has changed, and
// ForgetAll what is remembered of everybody.
func (s *Service) Forget(users ...uuid.UUID) { s.store.Forget(users...) }

// ForgetAll is described at [Service.Forget].
func (s *Service) ForgetAll() { s.store.ForgetAll() }

// The refusals that are always the same.
var (
	errInvalidCredentials = &apperror.Error{Code: apperror.CodeInvalidCredentials, Message: "invalid user credentials"}
	errSessionEnded       = &apperror.Error{Code: apperror.CodeSessionEnded, Message: "session ended"}
	errTokenReused        = &apperror.Error{Code: apperror.CodeTokenReused, Message: "refresh token was used before; the session has been ended"}
	errAmbiguousCookie    = &apperror.Error{Code: apperror.CodeAmbiguousCookie, Message: "several cookies name different sessions; clear the cookies of this site and sign in again"}
	errNoSuchSession      = &apperror.Error{Code: apperror.CodeNotFound, Message: "no such session"}
	errEmailNotVerified   = &apperror.Error{Code: apperror.CodeEmailNotVerified, Message: "verify your email first: open the link in the mail that was sent to it"}
	errTooBusy            = &apperror.Error{Code: apperror.CodeTooBusy, Message: "too many sign-ins at the moment, try again shortly"}
)

// fieldErrors collects what is wrong with the fields of one input.
type fieldErrors []apperror.FieldError

// check adds the message, where there is one, under the field's name.
func (f *fieldErrors) check(field, message string) {
	if message != "" {
		*f = append(*f, apperror.FieldError{Field: field, Message: message})
	}
}

// err is nil where no field is wrong.
func (f fieldErrors) err() error {
	if len(f) == 0 {
		return nil
	}
	return apperror.Invalid(f...)
}
