// Package middleware holds what every request passes: one concern per file.
// Most callers need [Handler], [Errors] and the accessors. It may import auth
// and the leaves; it makes no decision about users or sessions itself.
package middleware

import (
	"github.com/gin-gonic/gin"

	"sallyport/internal/apperror"
)

// success is every answer that says yes.
type success struct {
	StatusCode int    `json:"statusCode"`
	Success    bool   `json:"success"`
	Message    string `json:"message"`
	Data       any    `json:"data"`
}

// failure is every answer that says no.
type failure struct {
	StatusCode int                   `json:"statusCode"`
	Success    bool                  `json:"success"`
	Message    string                `json:"message"`
	Data       any                   `json:"data"` // always null
	Code       apperror.Code         `json:"code"`
	Errors     []apperror.FieldError `json:"errors"`
	RequestID  string                `json:"requestId"`
}

// Reply writes a success. Data of nil is sent as an empty object.
func Reply(c *gin.Context, status int, message string, data any) error {
	if data == nil {
		data = struct{}{}
	}
	c.JSON(status, success{StatusCode: status, Success: true, Message: message, Data: data})
	return nil
}

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
