package auth

import (
	"cmp"
	"context"
	"errors"
	"log/slog"

	"github.com/google/uuid"

	"sallyport/auth/session"
	"sallyport/auth/token"
	"sallyport/internal/apperror"
	"sallyport/models"
)

// PasswordChange is what a signed-in user gives to get another password.
type PasswordChange struct {
	Old string
	New string
}

// The fields of a PasswordChange by the names its errors use.
const (
	fieldOldPassword = "oldPassword"
	fieldNewPassword = "newPassword"
)

var errWrongOldPassword = apperror.Invalid(apperror.FieldError{Field: fieldOldPassword, Message: "is not your password"})

// ChangePassword sets a new password and ends every session of the user
// (OWASP ASVS 7.4.3). The present one is renewed, which here means replaced by
// a new session under a new id: were its id kept, a stolen access token of it
// would outlive the change that was made because of the theft.
//
// Password and sessions change in one compare-and-swap, so of two changes that
// prove the same old password one wins, and neither a refresh nor a sign-in in
// flight keeps a session past it.
//
// A wrong old password counts like one at sign-in: a stolen session must not be
// a way to guess the password.
// Errors: CodeValidation for oldPassword and newPassword, CodeSessionEnded when
// the present session is gone by the time of the write, CodeTooBusy, those of
// the limiter.
func (s *Service) ChangePassword(ctx context.Context, who Identity, change PasswordChange, device session.Device) (Grant, error) {
	change, err := s.checkedChange(ctx, who.User, change)
	if err != nil {
		return Grant{}, err
	}
	key := who.User.ID.String() // not the names': guesses at those from outside must not limit the user here
	if err := s.guesses.Take(ctx, key); err != nil {
		return Grant{}, err
	}
	grant, err := s.changeChecked(ctx, who, change, device)
	if !errors.Is(err, errWrongOldPassword) { // only a wrong password uses a guess up
		s.guesses.GiveBack(ctx, key)
	}
	return grant, err
}

func (s *Service) changeChecked(ctx context.Context, who Identity, change PasswordChange, device session.Device) (Grant, error) {
	var user models.User // as it was when its password was proven
	var hash string
	renewed := s.sessions.New(uuid.New(), token.NewID(), device, s.now())
	err := s.update(ctx, func() (_ []models.Swap, err error) {
		if user, err = s.proveAgain(ctx, who, change.Old, user.PasswordHash); err != nil {
			return nil, err
		}
		if hash == "" {
			if hash, err = s.hasher.Hash(ctx, change.New); err != nil {
				return nil, hashing(err)
			}
		}
		next := user
		next.Sessions, next.PasswordHash, next.FailedLogins, next.UpdatedAt = models.Sessions{renewed}, hash, 0, s.now()
		return []models.Swap{{Old: user, Next: next}}, nil
	})
	if err != nil {
		return Grant{}, err
	}
	s.record(ctx, passwordChanged, user.ID, renewed.ID, slog.Int("ended", len(s.sessions.Live(user.Sessions, s.now()))))
	return s.issue(user, renewed)
}

func (s *Service) checkedChange(ctx context.Context, user models.User, change PasswordChange) (PasswordChange, error) {
	var bad fieldErrors
	old, tooLong := canonicalPassword(change.Old)
	switch {
	case old == "":
		bad.check(fieldOldPassword, "is required")
	case tooLong: // nobody's password
		s.recordOfUser(ctx, passwordNotChanged, user, because("password_too_long"))
		return change, errWrongOldPassword
	}
	next, message, err := s.newPassword(ctx, change.New, user.Username, user.Email, user.FullName)
	if err != nil {
		return change, err
	}
	if message == "" && next == old {
		message = "must differ from the old one"
	}
	bad.check(fieldNewPassword, message)
	return PasswordChange{Old: old, New: next}, bad.err()
}

// proveAgain loads the user, whose session must still live, and compares the
// password with the hash as it is now, unless that is the one proven already:
// a hash can change under a live session without the password changing, when a
// sign-in renews its parameters. A locked password counts as a wrong one.
func (s *Service) proveAgain(ctx context.Context, who Identity, password, proven string) (models.User, error) {
	user, _, err := s.live(ctx, who.named(), s.store.UserByID)
	if err != nil {
		return user, err
	}
	match := proven != "" && user.PasswordHash == proven
	if !match {
		if match, _, err = s.hasher.Verify(ctx, password, user.PasswordHash); err != nil {
			return user, hashing(err)
		}
	}
	if reason := whyNot(user, true, match); reason != "" {
		s.record(ctx, passwordNotChanged, user.ID, who.SessionID, because(reason))
		return user, cmp.Or(s.countFailure(ctx, user.Username, user, true), error(errWrongOldPassword))
	}
	return user, nil
}
