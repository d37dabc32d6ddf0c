package middleware

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"

	"github.com/gin-gonic/gin"

	"sallyport/internal/apperror"
	"sallyport/internal/ratelimit"
)

// statuses is the one place where a code becomes an HTTP status. 401 means not
// authenticated; 403 means refused all the same.
var statuses = map[apperror.Code]int{
	apperror.CodeValidation:           http.StatusBadRequest,
	apperror.CodeAmbiguousCookie:      http.StatusBadRequest,
	apperror.CodeInvalidCredentials:   http.StatusUnauthorized,
	apperror.CodeMissingToken:         http.StatusUnauthorized,
	apperror.CodeInvalidToken:         http.StatusUnauthorized,
	apperror.CodeTokenExpired:         http.StatusUnauthorized,
	apperror.CodeTokenReused:          http.StatusUnauthorized,
	apperror.CodeSessionEnded:         http.StatusUnauthorized,
	apperror.CodeEmailTaken:           http.StatusConflict,
	apperror.CodeUsernameTaken:        http.StatusConflict,
	apperror.CodeLastAdmin:            http.StatusConflict,
	apperror.CodeOwnAccount:           http.StatusConflict,
	apperror.CodeUserDisabled:         http.StatusConflict,
	apperror.CodeForbidden:            http.StatusForbidden,
	apperror.CodeEmailNotVerified:     http.StatusForbidden,
	apperror.CodeLinkInvalid:          http.StatusBadRequest,
	apperror.CodeLinkExpired:          http.StatusBadRequest,
	apperror.CodeMailNotConfigured:    http.StatusNotImplemented,
	apperror.CodeTooBusy:              http.StatusServiceUnavailable,
	apperror.CodeUnavailable:          http.StatusServiceUnavailable,
	apperror.CodeMalformedJSON:        http.StatusBadRequest,
	apperror.CodeMalformedForm:        http.StatusBadRequest,
	apperror.CodeUploadTooSlow:        http.StatusRequestTimeout,
	apperror.CodeCrossOrigin:          http.StatusForbidden,
	apperror.CodeHTTPSRequired:        http.StatusForbidden,
	apperror.CodeNotFound:             http.StatusNotFound,
	apperror.CodeMethodNotAllowed:     http.StatusMethodNotAllowed,
	apperror.CodeBodyTooLarge:         http.StatusRequestEntityTooLarge,
	apperror.CodeUnsupportedMediaType: http.StatusUnsupportedMediaType,
	apperror.CodeRateLimited:          http.StatusTooManyRequests,
	apperror.CodeNotReady:             http.StatusServiceUnavailable,
	apperror.CodeInternal:             http.StatusInternalServerError,
}

// retryAfter is, by code, how many seconds a client should wait before it tries
// again.
var retryAfter = map[apperror.Code]string{
	apperror.CodeTooBusy:     "2", // about one full hashing queue
	apperror.CodeUnavailable: "5", // a restart of a database, or a lock on its file
}

// statusClientGone goes to the log alone: nobody is there to read an answer.
// Source: nginx.
const statusClientGone = 499

// refusalOf returns the answer to err. For an error that is not known here it is
// a generic one, whose cause is only logged.
func refusalOf(err error) *apperror.Error {
	var refusal *apperror.Error
	var exceeded *ratelimit.Exceeded
	switch {
	case errors.As(err, &refusal) && statuses[refusal.Code] != 0:
		return refusal
	case errors.As(err, &exceeded):
		return rateLimitedError(exceeded)
	case errors.Is(err, ratelimit.ErrUnavailable):
		return apperror.Unavailable(err)
	}
	return &apperror.Error{Code: apperror.CodeInternal, Message: "something went wrong on our side", Cause: err}
}

// Errors turns the last error of the chain into the answer. What is not a
// known refusal becomes a generic 500 whose cause is only logged.
func Errors(log *slog.Logger) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Next()
		last := c.Errors.Last()
		if last == nil || c.Writer.Written() {
			return
		}
		answer(c, log, last.Err)
	}
}

func answer(c *gin.Context, log *slog.Logger, err error) {
	if errors.Is(err, context.Canceled) && c.Request.Context().Err() != nil {
		c.Status(statusClientGone)
		return
	}
	refusal := refusalOf(err)
	status := statuses[refusal.Code]
	if status >= http.StatusInternalServerError && refusal.Cause != nil {
		log.ErrorContext(c.Request.Context(), "request failed", slog.Any("error", err))
	}
	if wait, listed := retryAfter[refusal.Code]; listed {
		c.Header("Retry-After", wait)
	}
	var exceeded *ratelimit.Exceeded
	if errors.As(err, &exceeded) {
		recordLimit(c, log, exceeded)
	}
	fields := refusal.Fields
	if fields == nil {
		fields = []apperror.FieldError{} // a list, never null
	}
	c.JSON(status, failure{
		StatusCode: status,
		Message:    refusal.Message,
		Code:       refusal.Code,
		Errors:     fields,
		RequestID:  RequestID(c.Request.Context()),
	})
}

// Recover turns a panic into an error for [Errors]: a generic 500 to the
// client and the stack in the log. Unlike gin.Recovery it never prints the
// request, whose headers hold tokens.
func Recover() gin.HandlerFunc {
	return func(c *gin.Context) {
		defer func() {
			switch cause := recover(); cause {
			case nil:
			case http.ErrAbortHandler: // net/http's own way to drop a connection
				panic(cause)
			default:
				Refuse(c, fmt.Errorf("panic: %v\n%s", cause, debug.Stack()))
			}
		}()
		c.Next()
	}
}
