package auth

import (
	"context"
	"sync"

	"sallyport/auth/session"
	"sallyport/auth/token"
	"sallyport/internal/apperror"
	"sallyport/internal/mail"
	"sallyport/models"
)

// Refresh exchanges a refresh token for a new pair. Of several candidates (a
// browser may send more than one cookie of a name) those of live sessions
// count. All parallel or repeated calls with one token get the same successor,
// within the grace window and for as long as nobody has used the successor;
// after that, a used token ends the session. Only refreshes of a live session
// count against its limit, and no limit stands before the end of a stolen one.
// Errors: CodeMissingToken, CodeInvalidToken, CodeTokenExpired,
// CodeAmbiguousCookie, CodeSessionEnded, CodeTokenReused, those of the limiter.
func (s *Service) Refresh(ctx context.Context, candidates []string, device session.Device) (Grant, error) {
	grant, verdict, err := s.exchange(ctx, candidates, device)
	s.meter.Refresh(outcome(answers[verdict], err))
	return grant, err
}

func (s *Service) exchange(ctx context.Context, candidates []string, device session.Device) (Grant, session.Verdict, error) {
	presented, refusal := s.refresh.VerifyAll(candidates)
	if len(presented) == 0 {
		s.recordRefused(ctx, "refresh", refusal)
		return Grant{}, session.Ended, refused(refusal)
	}
	user, current, verdict, err := s.rotate(ctx, presented, device)
	if err != nil {
		s.recordNotOne(ctx, "refresh", presented[0], err)
		return Grant{}, verdict, err
	}
	s.record(ctx, tokenRefreshed, user.ID, current.ID)
	grant, err := s.issue(user, current)
	return grant, verdict, err
}

// rotate returns the session with the refresh token that answers those
// presented. Where a replay ends the session, whoever ends it reports the
// theft, and only they.
func (s *Service) rotate(ctx context.Context, presented []token.Claims, device session.Device) (user models.User, current models.Session, verdict session.Verdict, err error) {
	limited := sync.OnceValue(func() error { return s.refreshes.Take(ctx, current.ID.String()) }) // once, however often the loop runs
	theft := sync.OnceValues(func() ([]mail.Message, error) { return s.Notice(ctx, mail.TokenTheft, user, device) })
	err = s.Update(ctx, func() (_ Plan, err error) {
		var tokens []token.Claims
		if user, current, tokens, err = s.oneOf(ctx, presented, s.store.UserByID); err != nil {
			return Plan{}, err
		}
		verdict = s.sessions.Decide(current, s.now(), tokenIDs(tokens)...)
		if verdict != session.Reused { // no limit stands before the end of a stolen session
			if err := limited(); err != nil {
				return Plan{}, err
			}
		}
		next := user
		switch verdict {
		case session.AnswerAgain:
			return Plan{}, nil
		case session.Rotate:
			current = s.sessions.Rotate(current, token.NewID(), device, s.now())
			next.Sessions = session.Replace(user.Sessions, current)
		case session.AnswerLate:
			current = s.sessions.Late(current, s.now())
			next.Sessions = session.Replace(user.Sessions, current)
		case session.Reused:
			next.Sessions = session.Without(user.Sessions, current.ID)
			plan := One(user, next, Happened{Event: refreshTokenReuse, UserID: user.ID, SessionID: current.ID, Device: device})
			plan.Mail, err = theft()
			return plan, err
		default:
			return Plan{}, errSessionEnded
		}
		return One(user, next), nil
	})
	if err == nil && verdict == session.Reused {
		err = errTokenReused
	}
	return user, current, verdict, err
}

func tokenIDs(tokens []token.Claims) []string {
	ids := make([]string, len(tokens))
	for i, t := range tokens {
		ids[i] = t.TokenID
	}
	return ids
}

// TokenRefused reports whether err, of [Service.Refresh], says that what the
// client presented signs nobody in any more. It is false where nothing was
// presented.
func TokenRefused(err error) bool {
	switch apperror.CodeOf(err) {
	case apperror.CodeInvalidToken, apperror.CodeTokenExpired:
		return true
	}
	return sessionOver(err)
}

// Ended returns, of the candidates that [Service.Refresh] refused with err, those
// whose session is known to have ended. That of an expired token may live, with
// a newer one.
func (s *Service) Ended(candidates []string, err error) (over Client) {
	for _, raw := range candidates {
		if _, invalid := s.refresh.Verify(raw); invalid == nil && sessionOver(err) {
			over.RefreshTokens = append(over.RefreshTokens, raw)
		}
	}
	return over
}

func sessionOver(err error) bool {
	code := apperror.CodeOf(err)
	return code == apperror.CodeTokenReused || code == apperror.CodeSessionEnded
}
