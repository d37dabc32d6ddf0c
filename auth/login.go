package auth

import (
	"cmp"
	"context"
	"log/slog"

	"sallyport/internal/apperror"
	"sallyport/models"
)

// Credentials is what a user signs in with: the email, or the username where
// the email is empty, and the password.
type Credentials struct {
	Email    string
	Username string
	Password string
}

// Login proves the password and adds a session for the device. Unknown users,
// disabled users, locked and wrong passwords get the same answer after the same
// time (OWASP ASVS 6.3.8). A name that was guessed at too often is refused by
// the limiter before anybody looks whether it exists.
// Errors: CodeValidation for empty fields, CodeInvalidCredentials, CodeTooBusy,
// those of the limiter.
func (s *Service) Login(ctx context.Context, c Credentials, device Device) (models.User, Grant, error) {
	if err := c.check(); err != nil {
		return models.User{}, Grant{}, err
	}
	password, tooLong := canonicalPassword(c.Password)
	if tooLong { // nobody's password, whoever the user is
		loginFailed.Log(ctx, s.log, because("password_too_long"))
		return models.User{}, Grant{}, errInvalidCredentials
	}
	account := c.account()
	if err := s.guesses.Take(ctx, account.key()); err != nil {
		return models.User{}, Grant{}, err
	}
	user, grant, err := s.loginTo(ctx, account, password, device)
	if apperror.CodeOf(err) != apperror.CodeInvalidCredentials { // only a wrong password uses a guess up
		s.guesses.GiveBack(ctx, account.key())
	}
	return user, grant, err
}

func (s *Service) loginTo(ctx context.Context, account account, password string, device Device) (models.User, Grant, error) {
	user, err := s.prove(ctx, account, password)
	if err != nil {
		return models.User{}, Grant{}, err
	}
	proven := user.PasswordHash
	user, grant, err := s.signIn(ctx, user, device, func(now models.User) error {
		if now.PasswordHash == proven {
			return nil
		}
		proven = now.PasswordHash // a new password, or a parallel sign-in renewed the hash of this one
		return s.verify(ctx, now, password)
	})
	switch {
	case err == nil:
		s.forgive(ctx, user)
	case apperror.CodeOf(err) == apperror.CodeInvalidCredentials:
		s.tellOfUser(ctx, loginFailed, user, because("changed_meanwhile"))
	}
	return user, grant, err
}

// verify returns errInvalidCredentials unless this is the user's password.
func (s *Service) verify(ctx context.Context, user models.User, password string) error {
	match, _, err := s.hasher.Verify(ctx, password, user.PasswordHash)
	if err != nil {
		return hashing(err)
	}
	if !match {
		return errInvalidCredentials
	}
	return nil
}

func (c Credentials) check() error {
	var bad fieldErrors
	if c.Email == "" && c.Username == "" {
		bad.check("email", "or username is required")
	}
	if c.Password == "" {
		bad.check("password", "is required")
	}
	return bad.err()
}

// prove returns the user whose password this is, and counts it where it is
// not. Its hash is renewed first where the parameters have changed since.
func (s *Service) prove(ctx context.Context, account account, password string) (models.User, error) {
	user, found, err := account.load(ctx, s.store)
	if err != nil {
		return models.User{}, err
	}
	match, stale := false, false
	if found {
		match, stale, err = s.hasher.Verify(ctx, password, user.PasswordHash)
	} else {
		err = s.hasher.VerifyNothing(ctx, password)
	}
	if err != nil {
		return models.User{}, hashing(err)
	}
	if reason := whyNot(user, found, match); reason != "" {
		s.tellOfUser(ctx, loginFailed, user, because(reason))
		return models.User{}, cmp.Or(s.countFailure(ctx, user, found), error(errInvalidCredentials))
	}
	if stale {
		s.rehash(ctx, &user, password)
	}
	return user, nil
}

// rehash replaces a hash of old parameters. Failing is no reason to refuse the
// sign-in: the next one tries again.
func (s *Service) rehash(ctx context.Context, user *models.User, password string) {
	hash, err := s.hasher.Hash(ctx, password)
	if err == nil {
		var swapped bool
		if swapped, err = s.store.ReplacePasswordHash(ctx, *user, hash); swapped {
			user.PasswordHash = hash
		}
	}
	if err != nil {
		s.log.WarnContext(ctx, "password hash not renewed", slog.Any("error", err))
	}
}
