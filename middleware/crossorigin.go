package middleware

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"

	"sallyport/internal/apperror"
	"sallyport/internal/events"

	"github.com/gin-gonic/gin"
	"github.com/rs/cors"
)

const maxShownOrigin = 300 // bytes; a host name has 253 at most

var crossOriginRefused = events.Warn("cross_origin_refused", "change from a page of another origin refused")

// RefuseCrossOrigin answers 403 to a state-changing request that a browser
// sent from a page of another origin than our own and the listed ones, going by
// Sec-Fetch-Site and Origin (OWASP ASVS 3.5.1). Requests with neither header
// are no browser's and pass.
func RefuseCrossOrigin(origins []string, log *slog.Logger) (gin.HandlerFunc, error) {
	protection := http.NewCrossOriginProtection()
	for _, origin := range origins {
		if err := protection.AddTrustedOrigin(origin); err != nil {
			return nil, fmt.Errorf("CORS_ORIGIN: %w", err)
		}
	}
	return func(c *gin.Context) {
		if err := protection.Check(c.Request); err != nil {
			crossOriginRefused.Log(c.Request.Context(), log, slog.String("origin", shownOrigin(c.GetHeader("Origin"))))
			Refuse(c, &apperror.Error{Code: apperror.CodeCrossOrigin, Message: "cross-origin request refused", Cause: err})
		}
	}, nil
}

// shownOrigin is the scheme and host of an Origin header in ASCII, as the log
// may show it, and "" for one that names none.
func shownOrigin(header string) string {
	u, err := url.Parse(header)
	if err != nil || len(header) > maxShownOrigin {
		return ""
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host}).String()
}

const preflightAge = 10 * 60 // seconds a browser may remember the answer to a preflight

// AllowOrigins answers the CORS protocol for exactly these origins, with
// credentials, around the whole program: errors carry the headers too. Any
// other origin gets none, and the request goes on as if it had not asked.
func AllowOrigins(origins []string, next http.Handler) http.Handler {
	return cors.New(cors.Options{
		AllowOriginFunc:  func(origin string) bool { return slices.Contains(origins, origin) },
		AllowCredentials: true,
		AllowedMethods:   []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPatch, http.MethodDelete},
		AllowedHeaders:   []string{"Content-Type", "Authorization", requestIDHeader},
		ExposedHeaders:   []string{requestIDHeader, "Retry-After", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"},
		MaxAge:           preflightAge,
	}).Handler(next)
}
