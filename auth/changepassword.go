package auth

import (
	"cmp"
	"context"
	"errors"
	"log/slog"

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

var errWrongOldPassword = &apperror.Error{
	Code: apperror.CodeValidation, Message: "some fields are not valid",
	Fields: []apperror.FieldError{{Field: fieldOldPassword, Message: "is not your password"}},
}

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
func (s *Service) ChangePassword(ctx context.Context, who Identity, change PasswordChange, device Device) (Grant, error) {
	change, err := s.checkedChange(ctx, who.User, change)
	if err != nil {
		return Grant{}, err
	}
	key := who.User.ID.String() // not the names': guessing at those from outside must not get in the way here
	if err := s.guesses.Take(ctx, key); err != nil {
		return Grant{}, err
	}
	grant, err := s.changeChecked(ctx, who, change, device)
	if !errors.Is(err, errWrongOldPassword) { // only a wrong password uses a guess up
		s.guesses.GiveBack(ctx, key)
	}
	return grant, err
}

func (s *Service) changeChecked(ctx context.Context, who Identity, change PasswordChange, device Device) (Grant, error) {
	user, err := s.proveAgain(ctx, who, change.Old, "")
	if err != nil {
		return Grant{}, err
	}
	hash, err := s.hasher.Hash(ctx, change.New)
	if err != nil {
		return Grant{}, hashing(err)
	}
	session := newSession(device, s.now(), s.policy)
	for range swapAttempts {
		swapped, err := s.store.ReplacePassword(ctx, user, hash, []models.Session{session})
		if err != nil {
			return Grant{}, err
		}
		if swapped {
			s.tell(ctx, passwordChanged, user.ID, session.ID, slog.Int("ended", len(s.live(user.Sessions))))
			s.forgive(ctx, user)
			return s.grant(user, session)
		}
		user, err = s.proveAgain(ctx, who, change.Old, user.PasswordHash)
		if err != nil {
			return Grant{}, err
		}
	}
	return Grant{}, errContended
}

func (s *Service) checkedChange(ctx context.Context, user models.User, change PasswordChange) (PasswordChange, error) {
	var bad fieldErrors
	old, tooLong := canonicalPassword(change.Old)
	switch {
	case old == "":
		bad.check(fieldOldPassword, "is required")
	case tooLong: // nobody's password
		s.tellOfUser(ctx, passwordNotChanged, user, because("password_too_long"))
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
// password with the hash as it is now, unless that is the one proven already.
// A locked password is as good as a wrong one.
// A hash can change under a live session without the password changing: a
// sign-in renews the parameters of an old one.
func (s *Service) proveAgain(ctx context.Context, who Identity, password, proven string) (models.User, error) {
	user, err := s.reload(ctx, who)
	if err != nil {
		return user, err
	}
	match := user.PasswordHash == proven
	if !match {
		if match, _, err = s.hasher.Verify(ctx, password, user.PasswordHash); err != nil {
			return user, hashing(err)
		}
	}
	if reason := whyNot(user, true, match); reason != "" {
		s.tell(ctx, passwordNotChanged, user.ID, who.SessionID, because(reason))
		return user, cmp.Or(s.countFailure(ctx, user, true), error(errWrongOldPassword))
	}
	return user, nil
}
