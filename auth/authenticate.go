package auth

import (
	"context"

	"github.com/google/uuid"

	"sallyport/auth/token"
	"sallyport/models"
)

// Identity is who a request is from.
type Identity struct {
	User      models.User // without password hash; its sessions are only to be read
	SessionID uuid.UUID
}

func (i Identity) named() named { return named{i.User.ID, i.SessionID} }

// Authenticate returns who the access token names, as the user's row is now:
// a session that was ended is refused at once, whatever the token says. Of
// several candidates the one that verifies counts.
// Errors: CodeMissingToken, CodeInvalidToken, CodeTokenExpired,
// CodeAmbiguousCookie, CodeSessionEnded.
func (s *Service) Authenticate(ctx context.Context, candidates []string) (Identity, error) {
	claims, err := s.access.VerifyOne(candidates)
	if err != nil {
		s.recordRefused(ctx, "access", err)
		if err == token.ErrMissing {
			return Identity{}, missing("the cookie accessToken", "the header Authorization: Bearer <access token>")
		}
		return Identity{}, refused(err)
	}
	user, current, err := live(ctx, namedBy(claims), s.store.Snapshot)
	if err == nil && !s.now().Before(s.sessions.End(current)) {
		err = errSessionEnded
	}
	if err != nil {
		s.recordUseOfEnded(ctx, claims, err)
		return Identity{}, err
	}
	return Identity{User: user, SessionID: current.ID}, nil
}
