package middleware

import (
	"fmt"
	"net/http"
	"runtime/debug"

	"github.com/gin-gonic/gin"
)

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
