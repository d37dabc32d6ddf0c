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

// EndAfterChunked closes the connection behind a request with a chunked body.
// Where a Content-Length stands beside Transfer-Encoding, net/http drops the
// length and keeps the connection: what a proxy that goes by the length passed
// on as the rest of the body would be answered as the next request. RFC 9112
// §6.1 has the server close. The program cannot see whether there was a
// length, so every chunked body ends its connection; browsers send none.
func EndAfterChunked(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TransferEncoding) > 0 {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}
