// Package auth holds the use cases: register, log in, refresh, log out, change
// the password, list and end sessions, and tell who a request is from. Most
// callers need [New] and the methods of [Service]. It knows no HTTP; it may
// import models and its own token and password packages.
package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"sallyport/auth/password"
	"sallyport/auth/token"
	"sallyport/internal/apperror"
	"sallyport/models"
)

// UserStore is where users live. *models.Store is one.
type UserStore interface {
	// CreateUser inserts the user; a taken username or email is models.ErrDuplicate.
	CreateUser(ctx context.Context, user *models.User) error
	// Taken reports which of the two names belongs to some user.
	Taken(ctx context.Context, email, username string) (emailTaken, usernameTaken bool, err error)
	// UserByID, UserByEmail and UserByUsername load one user. If there is
	// none, they return found = false, not an error.
	UserByID(ctx context.Context, id uuid.UUID) (user models.User, found bool, err error)
	UserByEmail(ctx context.Context, email string) (user models.User, found bool, err error)
	UserByUsername(ctx context.Context, username string) (user models.User, found bool, err error)
	// ReplaceSessions is a compare-and-swap: swapped = false means that the
	// user's sessions changed since the user was loaded and nothing was
	// written. When it returns true the write is durable.
	ReplaceSessions(ctx context.Context, user models.User, next []models.Session) (swapped bool, err error)
	// ReplacePasswordHash is a compare-and-swap on the hash the user was
	// loaded with.
	ReplacePasswordHash(ctx context.Context, user models.User, next string) (swapped bool, err error)
	// ReplacePassword is a compare-and-swap on both the sessions and the hash
	// the user was loaded with: both are replaced or neither. When it returns
	// true the write is durable.
	ReplacePassword(ctx context.Context, user models.User, hash string, next []models.Session) (swapped bool, err error)
	// CountFailedLogin adds one to the user's wrong passwords in a row and
	// returns how many there are now. Reaching lockAt makes every
	// compare-and-swap on the user's sessions in flight lose.
	CountFailedLogin(ctx context.Context, id uuid.UUID, lockAt int) (failed int, err error)
	// CountUnknownLogin costs what CountFailedLogin does, for nobody.
	CountUnknownLogin(ctx context.Context) error
	// ForgetFailedLogins sets the count to 0 unless it has reached lockAt.
	ForgetFailedLogins(ctx context.Context, id uuid.UUID, lockAt int) error
}

// Options is what a [Service] is built from. Every field is needed.
type Options struct {
	Store    UserStore
	Hasher   *password.Hasher
	Access   *token.Signer
	Refresh  *token.Signer
	Policy   Policy
	Password PasswordPolicy
	// Guesses limits the wrong passwords for one account, Refreshes the
	// refreshes of one.
	Guesses   Limiter
	Refreshes Limiter
	Now       func() time.Time
	Log       *slog.Logger
}

// Policy says how long tokens and sessions live.
type Policy struct {
	AccessExpiry  time.Duration // of an access token
	RefreshExpiry time.Duration // of a refresh token: the idle limit of a session
	MaxAge        time.Duration // the absolute limit of a session, from sign-in
	Grace         time.Duration // how long a rotated refresh token is answered again
	MaxSessions   int           // of one user; the least recently used is evicted
	CacheTTL      time.Duration // how long a user may be remembered; 0 reads the row each time
}

// Service is the use cases. It is safe for concurrent use.
type Service struct {
	store     *snapshots
	hasher    *password.Hasher
	access    *token.Signer
	refresh   *token.Signer
	policy    Policy
	password  PasswordPolicy
	guesses   Limiter
	refreshes Limiter
	now       func() time.Time
	log       *slog.Logger
}

// New returns the Service of these options.
func New(o Options) (*Service, error) {
	store, err := newSnapshots(o.Store, o.Policy.CacheTTL, o.Now)
	if err != nil {
		return nil, fmt.Errorf("session cache: %w", err)
	}
	return &Service{
		store:     store,
		hasher:    o.Hasher,
		access:    o.Access,
		refresh:   o.Refresh,
		policy:    o.Policy,
		password:  o.Password,
		guesses:   o.Guesses,
		refreshes: o.Refreshes,
		now:       func() time.Time { return o.Now().UTC().Truncate(time.Microsecond) },
		log:       o.Log,
	}, nil
}

// Device is what a client says of itself. It is shown to the user and never
// trusted.
type Device struct {
	UserAgent string
	IP        string
}

// Grant is what a sign-in or a refresh hands out: both tokens and when they
// stop working.
type Grant struct {
	AccessToken      string
	AccessExpiresAt  time.Time
	RefreshToken     string
	RefreshExpiresAt time.Time
}

// grant signs a fresh access token and the session's current refresh token.
// Signing is deterministic, so the same session entry always gives the same
// refresh token.
func (s *Service) grant(user models.User, session models.Session) (Grant, error) {
	now := s.now()
	g := Grant{
		AccessExpiresAt:  earlier(now.Add(s.policy.AccessExpiry), s.policy.end(session)).Truncate(time.Second),
		RefreshExpiresAt: session.ExpiresAt,
	}
	var err, err2 error
	g.AccessToken, err = s.access.Sign(token.Claims{
		UserID: user.ID, SessionID: session.ID, TokenID: token.NewID(), Role: string(user.Role),
		IssuedAt: now, ExpiresAt: g.AccessExpiresAt,
	})
	g.RefreshToken, err2 = s.refresh.Sign(token.Claims{
		UserID: user.ID, SessionID: session.ID, TokenID: session.TokenID,
		IssuedAt: session.IssuedAt, ExpiresAt: session.ExpiresAt,
	})
	return g, errors.Join(err, err2)
}

// refused turns what the token package says no with into a refusal.
func refused(err error) error {
	switch err {
	case token.ErrMissing:
		return &apperror.Error{Code: apperror.CodeMissingToken, Message: "unauthorized request"}
	case token.ErrExpired:
		return &apperror.Error{Code: apperror.CodeTokenExpired, Message: "jwt expired"} // Streamify's clients match on this text
	case token.ErrAmbiguous:
		return &apperror.Error{Code: apperror.CodeAmbiguousCookie, Message: "several cookies name different sessions; clear the cookies of this site and sign in again"}
	default:
		return &apperror.Error{Code: apperror.CodeInvalidToken, Message: "invalid token", Cause: err}
	}
}

// TokenRefused reports whether err, of [Service.Refresh], says that what the
// client presented signs nobody in any more.
func TokenRefused(err error) bool {
	switch apperror.CodeOf(err) {
	case apperror.CodeMissingToken, apperror.CodeInvalidToken, apperror.CodeTokenExpired, apperror.CodeTokenReused, apperror.CodeSessionEnded:
		return true
	}
	return false
}

// hashing turns the hasher's errors into refusals.
func hashing(err error) error {
	if errors.Is(err, password.ErrBusy) {
		return errTooBusy
	}
	return err
}
