package middleware

import (
	"log/slog"
	"time"

	"github.com/gin-gonic/gin"
)

// LogRequests writes one line for each answered request: never a query string,
// a header, a cookie or a body, which may all hold secrets.
func LogRequests(log *slog.Logger) gin.HandlerFunc {
	return func(c *gin.Context) {
		start := time.Now()
		c.Next()
		log.LogAttrs(c.Request.Context(), slog.LevelInfo, "request",
			slog.String("method", c.Request.Method),
			slog.String("path", c.Request.URL.EscapedPath()), // ASCII: JSON lets C1 controls and bidi marks through
			slog.Int("status", c.Writer.Status()),
			slog.Float64("tookMs", float64(time.Since(start).Microseconds())/1000),
			slog.String("ip", c.ClientIP()),
		)
	}
}
