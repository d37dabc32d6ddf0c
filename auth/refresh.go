package auth

import (
	"context"

	"github.com/google/uuid"

	"sallyport/auth/token"
	"sallyport/models"
)

// Refresh exchanges a refresh token for a new pair. Of several candidates (a
// browser may send more than one cookie of a name) the one that verifies
// counts. All parallel or repeated calls with one token get the same successor
// within the grace window; after it, a used token ends the session.
// Errors: CodeMissingToken, CodeInvalidToken, CodeTokenExpired,
// CodeAmbiguousCookie, CodeSessionEnded, CodeTokenReused, those of the limiter.
func (s *Service) Refresh(ctx context.Context, candidates []string, device Device) (Grant, error) {
	claims, err := s.refresh.VerifyOne(candidates)
	if err != nil {
		s.tellRefused(ctx, "refresh", err)
		return Grant{}, refused(err)
	}
	if err := s.refreshes.Take(ctx, claims.UserID.String()); err != nil {
		return Grant{}, err
	}
	grant, err := s.refreshVerified(ctx, claims, device)
	if err != nil {
		s.tellEnded(ctx, claims, err)
		return Grant{}, err
	}
	s.tell(ctx, tokenRefreshed, claims.UserID, claims.SessionID)
	return grant, nil
}

func (s *Service) refreshVerified(ctx context.Context, claims token.Claims, device Device) (Grant, error) {
	if grant, rotated, err := s.rotateFromMemory(ctx, claims, device); rotated || err != nil {
		return grant, err
	}
	for range swapAttempts {
		user, session, err := s.liveSession(ctx, claims, s.store.UserByID)
		if err != nil {
			return Grant{}, err
		}
		switch decide(session, claims.TokenID, s.now(), s.policy) {
		case rotate:
			if grant, swapped, err := s.rotate(ctx, user, session, device); swapped || err != nil {
				return grant, err
			}
		case repeat:
			return s.grant(user, session)
		case ended:
			return Grant{}, errSessionEnded
		case reused:
			if err := s.endReused(ctx, user, session); err != nil {
				return Grant{}, err
			}
		}
	}
	return Grant{}, errContended
}

// rotateFromMemory rotates by the snapshot of the user, where there is one,
// which saves a query: the compare-and-swap vouches that the row is the same.
// Whatever else the snapshot suggests, the row has to say.
func (s *Service) rotateFromMemory(ctx context.Context, claims token.Claims, device Device) (g Grant, rotated bool, err error) {
	user, session, err := s.liveSession(ctx, claims, s.store.Remembered)
	if err != nil || decide(session, claims.TokenID, s.now(), s.policy) != rotate {
		return Grant{}, false, nil
	}
	return s.rotate(ctx, user, session, device)
}

// rotate replaces the current refresh token; swapped = false means that the
// row has changed since it was loaded.
func (s *Service) rotate(ctx context.Context, user models.User, session models.Session, device Device) (g Grant, swapped bool, err error) {
	next := rotated(session, token.NewID(), device, s.now(), s.policy)
	swapped, err = s.store.ReplaceSessions(ctx, user, withRotated(user.Sessions, next))
	if err != nil || !swapped {
		return Grant{}, false, err
	}
	g, err = s.grant(user, next)
	return g, true, err
}

// endReused ends a session whose refresh token came back after its time. No
// error means that the row has changed since it was loaded: whoever ends the
// session reports the theft, and only they.
func (s *Service) endReused(ctx context.Context, user models.User, session models.Session) error {
	swapped, err := s.store.ReplaceSessions(ctx, user, withoutSession(user.Sessions, session.ID))
	if err != nil || !swapped {
		return err
	}
	s.tell(ctx, refreshTokenReuse, user.ID, session.ID)
	return errTokenReused
}

// userLoader loads a user by id: from the row to decide a write, from memory
// where a moment's staleness after another process's write is accepted.
type userLoader func(ctx context.Context, id uuid.UUID) (user models.User, found bool, err error)

// liveSession loads the user and session that verified claims name. A user who
// is gone or disabled and a session that is not in the row are all
// CodeSessionEnded: which of them it was is nobody's business.
func (s *Service) liveSession(ctx context.Context, claims token.Claims, load userLoader) (models.User, models.Session, error) {
	user, found, err := load(ctx, claims.UserID)
	if err != nil {
		return models.User{}, models.Session{}, err
	}
	session, live := user.Session(claims.SessionID)
	if !found || !live || user.Disabled() {
		return models.User{}, models.Session{}, errSessionEnded
	}
	return user, session, nil
}

// withRotated returns the sessions with the entry of next.ID replaced.
func withRotated(sessions []models.Session, next models.Session) []models.Session {
	replaced := make([]models.Session, len(sessions))
	for i, s := range sessions {
		if s.ID == next.ID {
			s = next
		}
		replaced[i] = s
	}
	return replaced
}
