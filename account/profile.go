package account

import (
	"context"
	"errors"

	"sallyport/auth"
	"sallyport/auth/names"
	"sallyport/internal/apperror"
	"sallyport/models"
)

// ProfileChange is what a user changes of what others see. A nil field stays as
// it is.
type ProfileChange struct {
	FullName *string
	Username *string
	Locale   *string // "" is the default
}

// UpdateProfile changes the profile and returns the user.
// Errors: CodeValidation with every bad field, CodeUsernameTaken,
// CodeSessionEnded.
func (s *Service) UpdateProfile(ctx context.Context, who auth.Identity, change ProfileChange) (user models.User, err error) {
	if change, err = s.checked(change); err != nil {
		return user, err
	}
	err = s.Auth.Update(ctx, func() (auth.Plan, error) {
		old, err := s.Auth.Own(ctx, who)
		if err != nil {
			return auth.Plan{}, err
		}
		user = change.of(old)
		if user.FullName == old.FullName && user.Username == old.Username && user.Locale == old.Locale {
			return auth.Plan{}, nil
		}
		user.UpdatedAt = s.Now()
		return auth.One(old, user, happened(profileChanged, who)), nil
	})
	if errors.Is(err, models.ErrDuplicate) {
		err = &apperror.Error{Code: apperror.CodeUsernameTaken, Message: "username is taken", Cause: err,
			Fields: []apperror.FieldError{{Field: "username", Message: "is taken"}}}
	}
	return user, err
}

// checked returns the change as it will be stored.
func (s *Service) checked(change ProfileChange) (ProfileChange, error) {
	var bad []apperror.FieldError
	check := func(field string, value *string, accept func(string) (string, string)) *string {
		if value == nil {
			return nil
		}
		accepted, problem := accept(*value)
		if problem != "" {
			bad = append(bad, apperror.FieldError{Field: field, Message: problem})
		}
		return &accepted
	}
	change.FullName = check("fullName", change.FullName, names.FullName)
	change.Username = check("username", change.Username, names.Username)
	change.Locale = check("locale", change.Locale, s.locale)
	if len(bad) > 0 {
		return change, apperror.Invalid(bad...)
	}
	return change, nil
}

// DefaultLocale is the language of who has chosen none.
const DefaultLocale = "en"

func (s *Service) locale(raw string) (locale, problem string) {
	switch {
	case raw == "":
		return DefaultLocale, ""
	case !s.HasLocale(raw):
		return "", "is no language that mail is written in, such as en or de"
	}
	return raw, ""
}

// of returns the user with the change.
func (c ProfileChange) of(user models.User) models.User {
	for _, field := range []struct{ to, from *string }{
		{&user.FullName, c.FullName}, {&user.Username, c.Username}, {&user.Locale, c.Locale},
	} {
		if field.from != nil {
			*field.to = *field.from
		}
	}
	return user
}
