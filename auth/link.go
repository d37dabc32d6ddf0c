package auth

import (
	"context"
	"slices"

	"sallyport/auth/token"
	"sallyport/internal/apperror"
	"sallyport/models"
)

// ErrLinkInvalid and errLinkExpired refuse the token of a link.
var (
	ErrLinkInvalid = &apperror.Error{
		Code:    apperror.CodeLinkInvalid,
		Message: "this link is not valid: it was used, a newer one has replaced it, or a part of it is missing",
	}
	errLinkExpired = &apperror.Error{Code: apperror.CodeLinkExpired, Message: "this link has expired: ask for a new one"}
)

// Link returns what the token of a link from a mail stands for, if it has one of
// the purposes, and its user. A spent or expired one is returned with the error.
// Errors: CodeValidation where there is no token, CodeLinkInvalid,
// CodeLinkExpired.
func (s *Service) Link(ctx context.Context, raw string, purposes ...models.Purpose) (models.OneTimeToken, models.User, error) {
	if raw == "" {
		return models.OneTimeToken{}, models.User{}, apperror.Invalid(apperror.FieldError{Field: "token", Message: "is required"})
	}
	link, user, err := s.find(ctx, raw)
	if err != nil {
		return link, user, err
	}
	if err := s.usable(link, user, purposes); err != nil {
		s.recordOfUser(ctx, linkRefused, user, because(string(err.Code)))
		return link, user, err
	}
	return link, user, nil
}

// find returns zero values for a token that is unknown.
func (s *Service) find(ctx context.Context, raw string) (link models.OneTimeToken, user models.User, err error) {
	hash, ok := token.HashOneTime(raw)
	if !ok {
		return link, user, nil
	}
	link, found, err := s.store.OneTimeTokenByHash(ctx, hash)
	if err != nil || !found {
		return models.OneTimeToken{}, user, err
	}
	user, found, err = s.store.UserByID(ctx, link.UserID)
	if err != nil || !found {
		return models.OneTimeToken{}, models.User{}, err
	}
	return link, user, nil
}

// usable is nil for a link that can be spent now. One is bound to the address it
// was sent to, and those that prove the present address die with it.
func (s *Service) usable(link models.OneTimeToken, user models.User, purposes []models.Purpose) *apperror.Error {
	present := link.Purpose == models.VerifyEmail || link.Purpose == models.ResetPassword
	switch {
	case !slices.Contains(purposes, link.Purpose), user.Disabled(), present && link.Email != user.Email, link.SpentAt != nil:
		return ErrLinkInvalid
	case !s.now().Before(link.ExpiresAt):
		return errLinkExpired
	}
	return nil
}
