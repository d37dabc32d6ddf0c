package auth

import "sallyport/internal/apperror"

// The refusals that are always the same.
var (
	errInvalidCredentials = &apperror.Error{Code: apperror.CodeInvalidCredentials, Message: "invalid user credentials"}
	errSessionEnded       = &apperror.Error{Code: apperror.CodeSessionEnded, Message: "session ended"}
	errTokenReused        = &apperror.Error{Code: apperror.CodeTokenReused, Message: "refresh token was used before; the session has been ended"}
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
