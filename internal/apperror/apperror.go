// Package apperror is the error that a caller of the program may see: a stable
// code for programs, a message for people, and a cause that is only
// logged. Most callers need [Error], [CodeOf] and [Invalid]. HTTP statuses are
// the business of middleware. It imports no other package of the program.
package apperror

import (
	"errors"
	"strings"
)

// Code is a stable snake_case word for programs.
type Code string

// Every code an answer can have.
const (
	CodeValidation           Code = "validation_failed"
	CodeEmailTaken           Code = "email_taken"
	CodeUsernameTaken        Code = "username_taken"
	CodeInvalidCredentials   Code = "invalid_credentials" // #nosec G101 -- the name of an error
	CodeMissingToken         Code = "missing_token"
	CodeInvalidToken         Code = "invalid_token"
	CodeTokenExpired         Code = "token_expired"
	CodeTokenReused          Code = "token_reused"
	CodeSessionEnded         Code = "session_ended"
	CodeAmbiguousCookie      Code = "ambiguous_cookie"
	CodeForbidden            Code = "forbidden"
	CodeLastAdmin            Code = "last_admin"
	CodeOwnAccount           Code = "own_account"
	CodeUserDisabled         Code = "user_disabled"
	CodeEmailNotVerified     Code = "email_not_verified"
	CodeLinkInvalid          Code = "link_invalid"
	CodeLinkExpired          Code = "link_expired"
	CodeMailNotConfigured    Code = "mail_not_configured"
	CodeNotFound             Code = "not_found"
	CodeTooBusy              Code = "too_busy"
	CodeUnavailable          Code = "unavailable"
	CodeMalformedJSON        Code = "malformed_json"
	CodeMalformedForm        Code = "malformed_form"
	CodeUploadTooSlow        Code = "upload_too_slow"
	CodeBodyTooLarge         Code = "body_too_large"
	CodeUnsupportedMediaType Code = "unsupported_media_type"
	CodeCrossOrigin          Code = "cross_origin"
	CodeHTTPSRequired        Code = "https_required"
	CodeMethodNotAllowed     Code = "method_not_allowed"
	CodeNotReady             Code = "not_ready"
	CodeRateLimited          Code = "rate_limited"
	CodeInternal             Code = "internal_error"
)

// Error is an answer that says no.
type Error struct {
	Code    Code
	Message string       // safe to show
	Fields  []FieldError // of CodeValidation, and of a body that cannot be read
	Cause   error        // for the log alone; nil where there is nothing to add
}

// FieldError says what is wrong with one field of the input. The message goes on
// where the field's name ends: "is required".
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

// CodeOf returns the code of the [Error] in err, and "" for any other error.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// Invalid returns the error of an input with these fields wrong. Its message
// says all that they say, because most frontends show nothing else: each with
// the field's name before it, unless it begins with that name itself.
func Invalid(fields ...FieldError) *Error {
	sentences := make([]string, len(fields))
	for i, field := range fields {
		if sentences[i] = field.Message; !strings.HasPrefix(field.Message, field.Field) {
			sentences[i] = field.Field + " " + field.Message
		}
	}
	return &Error{Code: CodeValidation, Message: strings.Join(sentences, "; "), Fields: fields}
}

// Unavailable returns the error of something the program depends on, such as
// the database, that cannot serve at the moment. The same call may succeed
// later.
func Unavailable(cause error) *Error {
	return &Error{Code: CodeUnavailable, Message: "the service is not available at the moment, try again shortly", Cause: cause}
}
