package middleware

import "github.com/gin-gonic/gin"

// apiPolicy forbids a browser to do anything with an answer of the API; the
// pages set their own.
const apiPolicy = "default-src 'none'; frame-ancestors 'none'"

// SecureHeaders sets the headers that every answer carries, errors too
// (OWASP ASVS 3.4.3, 3.4.4, 3.4.5, 14.3.2).
func SecureHeaders() gin.HandlerFunc {
	return func(c *gin.Context) {
		h := c.Writer.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", apiPolicy)
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		c.Next()
	}
}
