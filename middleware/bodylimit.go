package middleware

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// LimitBody makes reading more than this many bytes of a request fail with
// *http.MaxBytesError, whatever Content-Length says.
func LimitBody(bytes int64) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, bytes)
		c.Next()
	}
}
