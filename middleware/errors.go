package middleware

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"

	"sallyport/auth"
	"sallyport/ratelimit"
)

// The refusals that only HTTP knows; auth has the others.
const (
	CodeMalformedJSON        auth.Code = "malformed_json"
	CodeBodyTooLarge         auth.Code = "body_too_large"
	CodeUnsupportedMediaType auth.Code = "unsupported_media_type"
	CodeCrossOrigin          auth.Code = "cross_origin"
	CodeHTTPSRequired        auth.Code = "https_required"
	CodeMethodNotAllowed     auth.Code = "method_not_allowed"
	CodeNotReady             auth.Code = "not_ready"
	CodeRateLimited          auth.Code = "rate_limited"
	CodeInternal             auth.Code = "internal_error"
)

// statuses is the one place where a code becomes an HTTP status. 401 means not
// authenticated; 403 means refused all the same.
var statuses = map[auth.Code]int{
	auth.CodeValidation:         http.StatusBadRequest,
	auth.CodeAmbiguousCookie:    http.StatusBadRequest,
	auth.CodeInvalidCredentials: http.StatusUnauthorized,
	auth.CodeMissingToken:       http.StatusUnauthorized,
	auth.CodeInvalidToken:       http.StatusUnauthorized,
	auth.CodeTokenExpired:       http.StatusUnauthorized,
	auth.CodeTokenReused:        http.StatusUnauthorized,
	auth.CodeSessionEnded:       http.StatusUnauthorized,
	auth.CodeEmailTaken:         http.StatusConflict,
	auth.CodeUsernameTaken:      http.StatusConflict,
	auth.CodeTooBusy:            http.StatusServiceUnavailable,
	auth.CodeUnavailable:        http.StatusServiceUnavailable,
	CodeMalformedJSON:           http.StatusBadRequest,
	CodeCrossOrigin:             http.StatusForbidden,
	CodeHTTPSRequired:           http.StatusForbidden,
	auth.CodeNotFound:           http.StatusNotFound,
	CodeMethodNotAllowed:        http.StatusMethodNotAllowed,
	CodeBodyTooLarge:            http.StatusRequestEntityTooLarge,
	CodeUnsupportedMediaType:    http.StatusUnsupportedMediaType,
	CodeRateLimited:             http.StatusTooManyRequests,
	CodeNotReady:                http.StatusServiceUnavailable,
	CodeInternal:                http.StatusInternalServerError,
}

// StatusOf returns the HTTP status of a code, 500 for one that is not listed.
func StatusOf(code auth.Code) int {
	if status, known := statuses[code]; known {
		return status
	}
	return http.StatusInternalServerError
}

// retryAfter is, by code, how many seconds a client should wait before it tries
// again.
var retryAfter = map[auth.Code]string{
	auth.CodeTooBusy:     "2", // about one full hashing queue
	auth.CodeUnavailable: "5", // a restart of a database, or a lock on its file
}

// statusClientGone goes to the log alone: nobody is there to read an answer.
// Source: nginx.
const statusClientGone = 499

// Handler adapts a handler that returns its error to Gin. [Errors] answers.
func Handler(h func(*gin.Context) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := h(c); err != nil {
			Refuse(c, err)
		}
	}
}

// Refuse stops the chain with an error that [Errors] will answer.
func Refuse(c *gin.Context, err error) {
	_ = c.Error(err) // returns its argument
	c.Abort()
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
	refusal, status := auth.RefusalOf(err), StatusOf(auth.CodeOf(err))
	if refusal == nil || status == http.StatusInternalServerError {
		refusal = &auth.Error{Code: CodeInternal, Message: "something went wrong on our side", Cause: err}
	}
	if status >= http.StatusInternalServerError && refusal.Cause != nil {
		log.ErrorContext(c.Request.Context(), "request failed", slog.Any("error", err))
	}
	if seconds, known := retryAfter[refusal.Code]; known {
		c.Header("Retry-After", seconds)
	}
	var exceeded *ratelimit.Exceeded
	if errors.As(err, &exceeded) {
		tellLimit(c, log, exceeded)
	}
	fields := refusal.Fields
	if fields == nil {
		fields = []auth.FieldError{} // a list, never null
	}
	c.JSON(status, failure{
		StatusCode: status,
		Message:    refusal.Message,
		Code:       refusal.Code,
		Errors:     fields,
		RequestID:  RequestID(c.Request.Context()),
	})
}
