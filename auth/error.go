package auth

import (
	"errors"

	"sallyport/models"
)

// Code is a stable snake_case word for programs. HTTP statuses are the
// middleware's business.
type Code string

// Every way the use cases say no.
const (
	CodeValidation         Code = "validation_failed"
	CodeEmailTaken         Code = "email_taken"
	CodeUsernameTaken      Code = "username_taken"
	CodeInvalidCredentials Code = "invalid_credentials" // #nosec G101 -- the name of an error
	CodeMissingToken       Code = "missing_token"
	CodeInvalidToken       Code = "invalid_token"
	CodeTokenExpired       Code = "token_expired"
	CodeTokenReused        Code = "token_reused"
	CodeSessionEnded       Code = "session_ended"
	CodeAmbiguousCookie    Code = "ambiguous_cookie"
	CodeNotFound           Code = "not_found"
	CodeTooBusy            Code = "too_busy"
	CodeUnavailable        Code = "unavailable"
)

// Error is a refusal: a code for programs, a message that is safe to show, and
// a cause that is only logged.
type Error struct {
	Code    Code
	Message string
	Fields  []FieldError
	Cause   error
}

// FieldError says what is wrong with one field of the input.
type FieldError struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

func (e *Error) Error() string {
	if e.Cause != nil {
		return string(e.Code) + ": " + e.Cause.Error()
	}
	return string(e.Code) + ": " + e.Message
}

func (e *Error) Unwrap() error { return e.Cause }

// RefusalOf returns the refusal in err, nil where there is none. A database
// that cannot serve just now is one: CodeUnavailable.
func RefusalOf(err error) *Error {
	var refusal *Error
	if errors.As(err, &refusal) {
		return refusal
	}
	if errors.Is(err, models.ErrUnavailable) {
		return &Error{Code: CodeUnavailable, Message: "the service is not available at the moment, try again shortly", Cause: err}
	}
	return nil
}

// CodeOf returns the code of a refusal and "" for any other error.
func CodeOf(err error) Code {
	if refusal := RefusalOf(err); refusal != nil {
		return refusal.Code
	}
	return ""
}

// The refusals that are always the same.
var (
	errInvalidCredentials = &Error{Code: CodeInvalidCredentials, Message: "invalid user credentials"}
	errSessionEnded       = &Error{Code: CodeSessionEnded, Message: "session ended"}
	errTokenReused        = &Error{Code: CodeTokenReused, Message: "refresh token was used before; the session has been ended"}
	errNoSuchSession      = &Error{Code: CodeNotFound, Message: "no such session"}
	errTooBusy            = &Error{Code: CodeTooBusy, Message: "too many sign-ins at the moment, try again shortly"}
)

// invalid collects what is wrong with the fields of one input.
type invalid []FieldError

// check adds the message, where there is one, under the field's name.
func (v *invalid) check(field, message string) {
	if message != "" {
		*v = append(*v, FieldError{Field: field, Message: message})
	}
}

func (v invalid) err() error {
	if len(v) == 0 {
		return nil
	}
	return &Error{Code: CodeValidation, Message: "some fields are not valid", Fields: v}
}
