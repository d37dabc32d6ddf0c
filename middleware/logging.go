package middleware

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// LogRequests writes one line for each answered request: never a query string,
// a header, a cookie or a body, which may all hold secrets. It names the code of
// a refusal (OWASP ASVS 16.3.2, 16.3.3) and who was signed in.
func LogRequests(log *slog.Logger) gin.HandlerFunc {
	return func(c *gin.Context) {
		start := time.Now()
		c.Next()
		line := append(make([]slog.Attr, 0, 7),
			slog.String("method", c.Request.Method),
			slog.String("path", c.Request.URL.EscapedPath()), // ASCII: JSON lets C1 controls and bidi marks through
			slog.Int("status", c.Writer.Status()),
			slog.Int64("tookUs", time.Since(start).Microseconds()), // whole: slog is slow with fractions
		)
		if last := c.Errors.Last(); last != nil && c.Writer.Status() >= http.StatusBadRequest {
			line = append(line, slog.String("code", string(refusalOf(last.Err).Code)))
		}
		if found, loaded := c.Request.Context().Value(identityKey{}).(*known); loaded && found.err == nil {
			line = append(line, slog.String("userId", found.identity.User.ID.String()), slog.String("sessionId", found.identity.SessionID.String()))
		}
		log.LogAttrs(c.Request.Context(), slog.LevelInfo, "request", line...)
	}
}
