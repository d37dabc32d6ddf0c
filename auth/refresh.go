package auth

import (
	"context"

	"sallyport/auth/session"
	"sallyport/auth/token"
	"sallyport/internal/apperror"
	"sallyport/models"
)

// Refresh exchanges a refresh token for a new pair. Of several candidates (a
// browser may send more than one cookie of a name) the one that verifies
// counts. All parallel or repeated calls with one token get the same successor
// within the grace window; after it, a used token ends the session.
// Errors: CodeMissingToken, CodeInvalidToken, CodeTokenExpired,
// CodeAmbiguousCookie, CodeSessionEnded, CodeTokenReused, those of the limiter.
func (s *Service) Refresh(ctx context.Context, candidates []string, device session.Device) (Grant, error) {
	claims, err := s.refresh.VerifyOne(candidates)
	if err != nil {
		s.recordRefused(ctx, "refresh", err)
		return Grant{}, refused(err)
	}
	if err := s.refreshes.Take(ctx, claims.UserID.String()); err != nil {
		return Grant{}, err
	}
	user, current, err := s.rotate(ctx, claims, device)
	if err != nil {
		s.recordUseOfEnded(ctx, claims, err)
		return Grant{}, err
	}
	s.record(ctx, tokenRefreshed, user.ID, current.ID)
	return s.issue(user, current)
}

// rotate returns the session with the refresh token that answers this one.
// Where a replay ends the session, whoever ends it reports the theft, and only
// they.
func (s *Service) rotate(ctx context.Context, presented token.Claims, device session.Device) (user models.User, current models.Session, err error) {
	var verdict session.Verdict
	err = s.update(ctx, func() (_ []models.Swap, err error) {
		if user, current, err = live(ctx, namedBy(presented), s.store.UserByID); err != nil {
			return nil, err
		}
		next := user
		switch verdict = s.sessions.Decide(current, presented.TokenID, s.now()); verdict {
		case session.AnswerAgain:
			return nil, nil
		case session.Rotate:
			current = s.sessions.Rotate(current, token.NewID(), device, s.now())
			next.Sessions = session.Replace(user.Sessions, current)
		case session.Reused:
			next.Sessions = session.Without(user.Sessions, current.ID)
		default:
			return nil, errSessionEnded
		}
		return []models.Swap{{Old: user, Next: next}}, nil
	})
	if err == nil && verdict == session.Reused {
		s.record(ctx, refreshTokenReuse, user.ID, current.ID)
		err = errTokenReused
	}
	return user, current, err
}

// TokenRefused reports whether err, of [Service.Refresh], says that what the
// client presented signs nobody in any more.
func TokenRefused(err error) bool {
	switch apperror.CodeOf(err) {
	case apperror.CodeMissingToken, apperror.CodeInvalidToken, apperror.CodeTokenExpired, apperror.CodeTokenReused, apperror.CodeSessionEnded:
		return true
	}
	return false
}
