package auth

import (
	"context"

	"github.com/google/uuid"

	"sallyport/models"
)

// Identity is who a request is from.
type Identity struct {
	User      models.User // without password hash; its sessions are only to be read
	SessionID uuid.UUID
}

// Authenticate returns who the access token names, as the user's row is now:
// a session that was ended is refused at once, whatever the token says. Of
// several candidates the one that verifies counts.
// Errors: CodeMissingToken, CodeInvalidToken, CodeTokenExpired,
// CodeAmbiguousCookie, CodeSessionEnded.
func (s *Service) Authenticate(ctx context.Context, candidates []string) (Identity, error) {
	claims, err := s.access.VerifyOne(candidates)
	if err != nil {
		s.tellRefused(ctx, "access", err)
		return Identity{}, refused(err)
	}
	user, session, err := s.liveSession(ctx, claims, s.store.Snapshot)
	if err == nil && !s.now().Before(s.policy.end(session)) {
		err = errSessionEnded
	}
	if err != nil {
		s.tellEnded(ctx, claims, err)
		return Identity{}, err
	}
	return Identity{User: user, SessionID: session.ID}, nil
}
