package auth

import (
	"context"
	"log/slog"

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
// disabled users and wrong passwords get the same answer after the same time
// (OWASP ASVS 6.3.8).
// Errors: CodeValidation for empty fields, CodeInvalidCredentials, CodeTooBusy.
func (s *Service) Login(ctx context.Context, c Credentials, device Device) (models.User, Grant, error) {
	if err := c.check(); err != nil {
		return models.User{}, Grant{}, err
	}
	password, tooLong := canonicalPassword(c.Password)
	if tooLong { // nobody's password, whoever the user is
		return models.User{}, Grant{}, errInvalidCredentials
	}
	user, err := s.prove(ctx, c, password)
	if err != nil {
		return models.User{}, Grant{}, err
	}
	proven := user.PasswordHash
	return s.signIn(ctx, user, device, func(now models.User) error {
		if now.PasswordHash == proven {
			return nil
		}
		proven = now.PasswordHash // a new password, or a parallel sign-in renewed the hash of this one
		return s.verify(ctx, now, password)
	})
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
	var bad invalid
	if c.Email == "" && c.Username == "" {
		bad.check("email", "or username is required")
	}
	if c.Password == "" {
		bad.check("password", "is required")
	}
	return bad.err()
}

// prove returns the user whose password this is. Its hash is renewed first
// where the parameters have changed since.
func (s *Service) prove(ctx context.Context, c Credentials, password string) (models.User, error) {
	user, found, err := s.userOf(ctx, c)
	if err != nil {
		return models.User{}, err
	}
	if !found {
		if err := s.hasher.VerifyNothing(ctx, password); err != nil {
			return models.User{}, hashing(err)
		}
		return models.User{}, errInvalidCredentials
	}
	match, stale, err := s.hasher.Verify(ctx, password, user.PasswordHash)
	if err != nil {
		return models.User{}, hashing(err)
	}
	if !match || user.Disabled() {
		return models.User{}, errInvalidCredentials
	}
	if stale {
		s.rehash(ctx, &user, password)
	}
	return user, nil
}

// userOf finds the user by a normalised name. A name that no account could
// have is one nobody has: the same answer as for any unknown user.
func (s *Service) userOf(ctx context.Context, c Credentials) (user models.User, found bool, err error) {
	if c.Email != "" {
		if email, message := normalizeEmail(c.Email); message == "" {
			return s.store.UserByEmail(ctx, email)
		}
		return models.User{}, false, nil
	}
	if username, message := normalizeUsername(c.Username); message == "" {
		return s.store.UserByUsername(ctx, username)
	}
	return models.User{}, false, nil
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
