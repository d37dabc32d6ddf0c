package auth

import (
	"errors"
	"time"

	"sallyport/auth/token"
	"sallyport/internal/apperror"
	"sallyport/models"
)

// Grant is what a sign-in or a refresh returns: both tokens and when they stop
// working.
type Grant struct {
	AccessToken      string
	AccessExpiresAt  time.Time
	RefreshToken     string
	RefreshExpiresAt time.Time
}

// None reports whether nobody was signed in.
func (g Grant) None() bool { return g.AccessToken == "" }

// issue signs a fresh access token and the session's current refresh token.
// Signing is deterministic, so the same session entry always gives the same
// refresh token. No access token outlives its refresh token.
func (s *Service) issue(user models.User, session models.Session) (Grant, error) {
	now := s.now()
	expires := now.Add(s.accessExpiry)
	if session.ExpiresAt.Before(expires) { // a late answer to a former refresh token
		expires = session.ExpiresAt
	}
	g := Grant{AccessExpiresAt: expires.Truncate(time.Second), RefreshExpiresAt: session.ExpiresAt}
	var err, err2 error
	g.AccessToken, err = s.access.Sign(token.Claims{
		UserID: user.ID, SessionID: session.ID, TokenID: token.NewID(), Role: string(user.Role), RefreshID: session.TokenID,
		IssuedAt: now, ExpiresAt: g.AccessExpiresAt,
	})
	g.RefreshToken, err2 = s.refresh.Sign(token.Claims{
		UserID: user.ID, SessionID: session.ID, TokenID: session.TokenID,
		IssuedAt: session.IssuedAt, ExpiresAt: session.ExpiresAt,
	})
	return g, errors.Join(err, err2)
}

// refused turns an error of the token package into the answer.
func refused(err error) error {
	switch err {
	case token.ErrMissing:
		return &apperror.Error{Code: apperror.CodeMissingToken, Message: "unauthorized request"}
	case token.ErrExpired:
		return &apperror.Error{Code: apperror.CodeTokenExpired, Message: "jwt expired"} // Streamify's clients match on this text
	default:
		return &apperror.Error{Code: apperror.CodeInvalidToken, Message: "invalid token", Cause: err}
	}
}
