package auth

import (
	"cmp"
	"context"
	"log/slog"

	"github.com/google/uuid"

	"sallyport/auth/token"
	"sallyport/internal/apperror"
	"sallyport/models"
)

// Credentials is what a user signs in with: a name, which is the email or the
// username in either field (Email, where both are given), and the password.
type Credentials struct {
	Email    string
	Username string
	Password string
}

func (c Credentials) check() error {
	var bad fieldErrors
	if c.Email == "" && c.Username == "" {
		bad.check("email", "email or username is required")
	}
	if c.Password == "" {
		bad.check("password", "is required")
	}
	return bad.err()
}

// Login proves the password and adds a session for the client. It never adopts
// a token the client came with (session fixation): the sessions that those
// name end in the same write (OWASP ASVS 7.2.4). Unknown users, disabled users,
// locked and wrong passwords get the same answer after the same time (OWASP
// ASVS 6.3.8). A name that was guessed at too often is refused by the limiter
// before anybody looks whether it exists.
// Errors: CodeValidation for empty fields, CodeInvalidCredentials, CodeTooBusy,
// those of the limiter.
func (s *Service) Login(ctx context.Context, c Credentials, client Client) (models.User, Grant, error) {
	if err := c.check(); err != nil {
		return models.User{}, Grant{}, err
	}
	password, tooLong := canonicalPassword(c.Password)
	if tooLong { // nobody's password, whoever the user is
		loginFailed.Log(ctx, s.log, because("password_too_long"))
		return models.User{}, Grant{}, errInvalidCredentials
	}
	to := c.account()
	if err := s.guesses.Take(ctx, to.key()); err != nil {
		return models.User{}, Grant{}, err
	}
	user, grant, err := s.loginTo(ctx, to, password, client)
	if apperror.CodeOf(err) != apperror.CodeInvalidCredentials { // only a wrong password uses a guess up
		s.guesses.GiveBack(ctx, to.key())
	}
	return user, grant, err
}

func (s *Service) loginTo(ctx context.Context, to account, password string, client Client) (models.User, Grant, error) {
	p, err := s.prove(ctx, to, password)
	if err != nil {
		return models.User{}, Grant{}, err
	}
	user, current, err := s.signIn(ctx, p, client)
	if err != nil {
		if apperror.CodeOf(err) == apperror.CodeInvalidCredentials {
			s.recordOfUser(ctx, loginFailed, p.user, because("changed_meanwhile"))
		}
		return models.User{}, Grant{}, err
	}
	grant, err := s.issue(user, current)
	return user, grant, err
}

// proof is a user whose password has been proven.
type proof struct {
	user     models.User
	password string
	renewed  string // hash with today's parameters, "" where the user's has them
}

// prove returns the user whose password this is, and counts it where it is
// not.
func (s *Service) prove(ctx context.Context, to account, password string) (proof, error) {
	user, found, err := to.load(ctx, s.store)
	if err != nil {
		return proof{}, err
	}
	match, stale := false, false
	if found {
		match, stale, err = s.hasher.Verify(ctx, password, user.PasswordHash)
	} else {
		err = s.hasher.VerifyNothing(ctx, password)
	}
	if err != nil {
		return proof{}, hashing(err)
	}
	if reason := whyNot(user, found, match); reason != "" {
		s.recordOfUser(ctx, loginFailed, user, because(reason))
		return proof{}, cmp.Or(s.countFailure(ctx, to.name, user, found), error(errInvalidCredentials))
	}
	p := proof{user: user, password: password}
	if stale { // failing is no reason to refuse the sign-in: the next one tries again
		if p.renewed, err = s.hasher.Hash(ctx, password); err != nil {
			s.log.WarnContext(ctx, "password hash not renewed", slog.Any("error", err))
		}
	}
	return p, nil
}

// stillProven loads the user again and returns the error of a sign-in where the
// account was disabled or locked, or its password changed, since it was proven.
func (s *Service) stillProven(ctx context.Context, p *proof) error {
	user, found, err := s.store.UserByID(ctx, p.user.ID)
	if err != nil {
		return err
	}
	if whyNot(user, found, true) != "" {
		return errInvalidCredentials
	}
	if user.PasswordHash != p.user.PasswordHash { // another password, or a parallel sign-in renewed the hash of this one
		match, _, err := s.hasher.Verify(ctx, p.password, user.PasswordHash)
		if err != nil {
			return hashing(err)
		}
		if !match {
			return errInvalidCredentials
		}
		p.renewed = ""
	}
	p.user = user
	return nil
}

// signIn writes all that a sign-in changes at once: the new session, the end of
// those the client came with, the renewed hash, and the count of wrong
// passwords, which starts again.
func (s *Service) signIn(ctx context.Context, p proof, client Client) (models.User, models.Session, error) {
	added := s.sessions.New(uuid.New(), token.NewID(), client.Device, s.now())
	former := s.sessionsOf(client)
	var swaps []models.Swap
	err := s.update(ctx, func() (_ []models.Swap, err error) {
		if err = s.stillProven(ctx, &p); err != nil {
			return nil, err
		}
		if swaps, err = s.ending(ctx, former, models.Swap{Old: p.user, Next: p.user}); err != nil {
			return nil, err
		}
		next := &swaps[0].Next
		next.Sessions = s.sessions.Add(next.Sessions, added, s.now())
		next.PasswordHash = cmp.Or(p.renewed, next.PasswordHash)
		next.FailedLogins = 0
		return swaps, nil
	})
	if err != nil {
		return models.User{}, models.Session{}, err
	}
	s.record(ctx, loginSucceeded, p.user.ID, added.ID, factors)
	s.recordEnded(ctx, swaps, former)
	return p.user, added, nil
}
