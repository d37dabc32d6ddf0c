package middleware

import (
	"context"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"sallyport/auth"
	"sallyport/internal/apperror"
)

type identityKey struct{}

// known is what [LoadIdentity] found out: an identity, or why there is none.
type known struct {
	identity auth.Identity
	err      error
}

// LoadIdentity finds out who the request is from and refuses nobody.
func LoadIdentity(service *auth.Service, cookies Cookies) gin.HandlerFunc {
	return func(c *gin.Context) {
		var found known
		if tokens := AccessTokens(c.Request, cookies); len(tokens) > 0 {
			found.identity, found.err = service.Authenticate(c.Request.Context(), tokens)
		} else {
			found.err = cookies.MissingAccess()
		}
		ctx := context.WithValue(c.Request.Context(), identityKey{}, &found)
		c.Request = c.Request.WithContext(ctx)
		c.Next()
	}
}

// RequireIdentity refuses a request whose identity [LoadIdentity] did not find.
func RequireIdentity() gin.HandlerFunc {
	return func(c *gin.Context) {
		found, loaded := c.Request.Context().Value(identityKey{}).(*known)
		switch {
		case !loaded: // a route without LoadIdentity: fail closed
			Refuse(c, &apperror.Error{Code: apperror.CodeMissingToken, Message: "unauthorized request"})
		case found.err != nil:
			Refuse(c, found.err)
		default:
			c.Next()
		}
	}
}

// Require refuses a request from whom allow does not let through. It stands behind
// [RequireIdentity].
func Require(allow func(context.Context, auth.Identity) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := allow(c.Request.Context(), Identity(c.Request.Context())); err != nil {
			Refuse(c, err)
			return
		}
		c.Next()
	}
}

// Identity returns who the request is from. It is only for handlers behind
// [RequireIdentity]; elsewhere it is the zero Identity.
func Identity(ctx context.Context) auth.Identity {
	if found, loaded := ctx.Value(identityKey{}).(*known); loaded {
		return found.identity
	}
	return auth.Identity{}
}

// ByHeader reports whether the request presents its access token in an
// Authorization header and not in a cookie.
func ByHeader(r *http.Request) bool { return len(BearerTokens(r)) > 0 }

// AccessTokens returns the access tokens the request presents. A bearer token
// counts alone, even when it is of no use (RFC 6750 §2.1).
func AccessTokens(r *http.Request, cookies Cookies) []string {
	if bearer := BearerTokens(r); len(bearer) > 0 {
		return bearer
	}
	return cookies.Access(r)
}

// BearerTokens returns the token of the Authorization header, if any. Other
// schemes are somebody else's: a proxy's Basic, Digest or Negotiate.
func BearerTokens(r *http.Request) []string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return nil
	}
	return Presented(strings.TrimSpace(token))
}

// Presented returns the token as a list of one, or of none where the client has
// none: scripts that have no token send the words undefined and null.
func Presented(token string) []string {
	if token == "" || token == "undefined" || token == "null" {
		return nil
	}
	return []string{token}
}
