package middleware

import (
	"context"
	"regexp"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
)

const requestIDHeader = "X-Request-Id"

// acceptable is a request id that a proxy in front may hand us. Anything else
// is replaced: it goes into headers and logs.
var acceptable = regexp.MustCompile(`^[A-Za-z0-9_.-]{8,64}$`)

type originKey struct{}

// origin is what the log says of every request: its id, and where it is from.
type origin struct{ requestID, ip string }

// AssignRequestID names the request, in its context and in the answer.
func AssignRequestID() gin.HandlerFunc {
	return func(c *gin.Context) {
		id := c.GetHeader(requestIDHeader)
		if !acceptable.MatchString(id) {
			id = uuid.NewString()
		}
		c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), originKey{}, origin{id, c.ClientIP()}))
		c.Header(requestIDHeader, id)
		c.Next()
	}
}

// RequestID returns the id of the request that the context belongs to, or "".
func RequestID(ctx context.Context) string {
	from, _ := ctx.Value(originKey{}).(origin)
	return from.requestID
}
