package middleware

import (
	"net/http"
	"slices"

	"github.com/rs/cors"
)

const preflightAge = 10 * 60 // seconds a browser may remember the answer to a preflight

// AllowOrigins answers the CORS protocol for exactly these origins, with
// credentials, around the whole program: errors carry the headers too. Any
// other origin gets none, and the request goes on as if it had not asked.
func AllowOrigins(origins []string, next http.Handler) http.Handler {
	return cors.New(cors.Options{
		AllowOriginFunc:  func(origin string) bool { return slices.Contains(origins, origin) },
		AllowCredentials: true,
		AllowedMethods:   []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete},
		AllowedHeaders:   []string{"Content-Type", "Authorization", requestIDHeader},
		ExposedHeaders:   []string{requestIDHeader, "Retry-After", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"},
		MaxAge:           preflightAge,
	}).Handler(next)
}
