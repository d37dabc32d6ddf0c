package auth

import (
	"context"

	"github.com/google/uuid"

	"sallyport/auth/session"
	"sallyport/auth/token"
	"sallyport/models"
)

// Identity is who a request is from.
type Identity struct {
	User      models.User // without password hash; its sessions are only to be read
	SessionID uuid.UUID
	Device    session.Device // that the request came from, where a use case keeps it
}

func (i Identity) named() named { return named{i.User.ID, i.SessionID} }

// Authenticate returns who the access token names, as the user's row is now:
// a session that was ended is refused at once, whatever the token says. Of
// several candidates those of live sessions count; where there is none, one that
// has merely expired says so, because its session can be refreshed.
// Errors: CodeMissingToken, CodeInvalidToken, CodeTokenExpired,
// CodeAmbiguousCookie, CodeSessionEnded.
func (s *Service) Authenticate(ctx context.Context, candidates []string) (Identity, error) {
	presented, refusal := s.access.VerifyAll(candidates)
	if len(presented) == 0 {
		s.recordRefused(ctx, "access", refusal)
		return Identity{}, refused(refusal)
	}
	user, current, tokens, err := s.oneOf(ctx, presented, s.store.Snapshot)
	if err == errSessionEnded && s.store.ttl > 0 { // or another instance has just signed the user in; memory was asked, whether or not it may be by now
		user, current, tokens, err = s.oneOf(ctx, presented, s.store.Renew)
	}
	if err != nil {
		s.recordNotOne(ctx, "access", presented[0], err)
		if err == errSessionEnded && refusal == token.ErrExpired {
			err = refused(refusal)
		}
		return Identity{}, err
	}
	s.confirmUse(ctx, current, tokens)
	return Identity{User: user, SessionID: current.ID}, nil
}
