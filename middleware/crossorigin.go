package middleware

import (
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/rs/cors"

	"sallyport/internal/apperror"
	"sallyport/internal/events"
)

var crossOriginRefused = events.Warn("cross_origin_refused", "change from a page of another origin refused")

// RefuseCrossOrigin answers 403 to a state-changing request that a browser
// sent from a page of another origin than our own and the allowed ones, going by
// Sec-Fetch-Site and Origin (OWASP ASVS 3.5.1). Requests with neither header
// are no browser's and pass.
func RefuseCrossOrigin(origins *Origins, log *slog.Logger) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := origins.check(c.Request); err != nil {
			crossOriginRefused.Log(c.Request.Context(), log, slog.String("origin", shownOrigin(c.GetHeader("Origin"))))
			Refuse(c, &apperror.Error{Code: apperror.CodeCrossOrigin, Message: "cross-origin request refused", Cause: err})
		}
	}
}

const (
	preflightAge  = 10 * 60 // seconds a browser may remember the answer to a preflight
	maxAskedNames = 4 << 10 // bytes of header names that a preflight asks for; browsers send some hundred
	askedNames    = "Access-Control-Request-Headers"
)

// AllowOrigins answers the CORS protocol for the allowed origins, with
// credentials, around the whole program: errors carry the headers too. They may
// send any request header, for tracing libraries add their own. Any other origin
// gets none of it, and the request goes on as if it had not asked.
func AllowOrigins(origins *Origins, next http.Handler) http.Handler {
	allowed := cors.New(cors.Options{
		AllowOriginFunc:  origins.Allows,
		AllowCredentials: true,
		AllowedMethods:   []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPatch, http.MethodDelete},
		AllowedHeaders:   []string{"*"}, // answered with the names that were asked for
		ExposedHeaders:   []string{requestIDHeader, "Retry-After", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"},
		MaxAge:           preflightAge,
	}).Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Origin") == "" {
			allowed.ServeHTTP(w, r)
			return
		}
		origins.warnRefused(r)
		if tooLong(r.Header[askedNames]) {
			r.Header.Del(askedNames)
		}
		allowed.ServeHTTP(w, r)
		origins.warnDropped(r, w.Header())
	})
}

func tooLong(lines []string) bool {
	bytes := 0
	for _, line := range lines {
		bytes += len(line)
	}
	return bytes > maxAskedNames
}
