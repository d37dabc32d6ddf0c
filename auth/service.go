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
	"sallyport/models"
)

// UserStore is where users live. *models.Store is one.
type UserStore interface {
	// Taken reports which of the two names belongs to some user.
	Taken(ctx context.Context, email, username string) (emailTaken, usernameTaken bool, err error)
	// UserByID, UserByEmail and UserByUsername load one user. If there is
	// none, they return found = false, not an error.
	UserByID(ctx context.Context, id uuid.UUID) (user models.User, found bool, err error)
	UserByEmail(ctx context.Context, email string) (user models.User, found bool, err error)
	UserByUsername(ctx context.Context, username string) (user models.User, found bool, err error)
	// Swap makes all of the compare-and-swaps or none. swapped = false means
	// that a row has changed since it was loaded and nothing was written. When
	// it returns true all is durable. A taken name of an inserted user is
	// models.ErrDuplicate.
	Swap(ctx context.Context, swaps ...models.Swap) (swapped bool, err error)
	// CountFailedLogin adds one to the user's wrong passwords in a row and
	// returns how many there are now. Reaching lockAt makes every swap of the
	// user in flight lose.
	CountFailedLogin(ctx context.Context, id uuid.UUID, lockAt int) (failed int, err error)
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
	Passwords    PasswordPolicy
	Breaches     BreachList        // nil: none is asked
	Guesses      Limiter           // of the wrong passwords for one account
	Refreshes    Limiter           // of the refreshes of one session
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
	guesses      Limiter
	refreshes    Limiter
	confirming   confirmations
	background   func(task func())
	now          func() time.Time
	log          *slog.Logger
}

// New returns the Service of these options.
func New(o Options) (*Service, error) {
	store, err := newSnapshots(o.Store, o.CacheTTL, o.Now)
	if err != nil {
		return nil, fmt.Errorf("session cache: %w", err)
	}
	return &Service{
		store:        store,
		hasher:       o.Hasher,
		access:       o.Access,
		refresh:      o.Refresh,
		sessions:     o.Sessions,
		accessExpiry: o.AccessExpiry,
		passwords:    o.Passwords,
		breaches:     o.Breaches,
		guesses:      o.Guesses,
		refreshes:    o.Refreshes,
		confirming:   confirmations{running: map[string]bool{}},
		background:   o.Background,
		now:          func() time.Time { return o.Now().UTC().Truncate(time.Microsecond) },
		log:          o.Log,
	}, nil
}

// The refusals that are always the same.
var (
	errInvalidCredentials = &apperror.Error{Code: apperror.CodeInvalidCredentials, Message: "invalid user credentials"}
	errSessionEnded       = &apperror.Error{Code: apperror.CodeSessionEnded, Message: "session ended"}
	errTokenReused        = &apperror.Error{Code: apperror.CodeTokenReused, Message: "refresh token was used before; the session has been ended"}
	errAmbiguousCookie    = &apperror.Error{Code: apperror.CodeAmbiguousCookie, Message: "several cookies name different sessions; clear the cookies of this site and sign in again"}
	errNoSuchSession      = &apperror.Error{Code: apperror.CodeNotFound, Message: "no such session"}
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
