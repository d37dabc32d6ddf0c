package auth

import (
	"cmp"
	"context"
	"errors"

	"sallyport/internal/apperror"
	"sallyport/models"
)

// WithPassword does what needs the password of the acting user again (OWASP ASVS
// 7.5.1). act calls prove inside of its [Service.Update]: prove loads the user,
// whose session must still live, and fails unless the password is theirs. It hashes
// once, but for a row whose hash has changed since.
//
// A wrong password counts like one at sign-in: a stolen session must not be a way
// to guess the password.
// Errors: CodeValidation for the field that the password came in,
// CodeSessionEnded, CodeTooBusy, those of the limiter and of act.
func (s *Service) WithPassword(ctx context.Context, who Identity, field, raw string, act func(prove func() (models.User, error)) error) error {
	password, tooLong := enteredPassword(raw)
	wrong := apperror.Invalid(apperror.FieldError{Field: field, Message: "is not your password"})
	switch {
	case raw == "":
		return apperror.Invalid(apperror.FieldError{Field: field, Message: "is required"})
	case tooLong: // nobody's password
		s.recordOfUser(ctx, passwordRefused, who.User, because("password_too_long"))
		return wrong
	}
	key := who.User.ID.String() // not the names': guesses at those from outside must not limit the user here
	if err := s.guesses.Take(ctx, key); err != nil {
		return err
	}
	proven := ""
	err := act(func() (models.User, error) {
		user, err := s.proveAgain(ctx, who, password, proven, wrong)
		if err == nil {
			proven = user.PasswordHash
		}
		return user, err
	})
	if !errors.Is(err, wrong) { // only a wrong password uses a guess up
		s.guesses.GiveBack(ctx, key)
	}
	return err
}

// proveAgain loads the user, whose session must still live, and compares the
// password with the hash as it is now, unless that is the one proven already:
// a hash can change under a live session without the password changing, when a
// sign-in renews its parameters. A locked password counts as a wrong one.
func (s *Service) proveAgain(ctx context.Context, who Identity, password entered, proven string, wrong error) (models.User, error) {
	user, _, err := s.live(ctx, who.named(), s.store.UserByID)
	if err != nil {
		return user, err
	}
	match := proven != "" && user.PasswordHash == proven
	if !match {
		if match, _, err = s.verify(ctx, password, user.PasswordHash); err != nil {
			return user, hashing(err)
		}
	}
	if reason := whyNot(user, true, match); reason != "" {
		s.record(ctx, passwordRefused, user.ID, who.SessionID, because(reason))
		return user, cmp.Or(s.countFailure(ctx, user.Username, user, true, who.Device), wrong)
	}
	return user, nil
}
