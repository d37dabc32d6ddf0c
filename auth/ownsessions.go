package auth

import (
	"context"
	"errors"
	"log/slog"
	"slices"

	"sallyport/auth/token"
	"sallyport/models"
)

// OwnSessions returns the sessions of the user that have not expired, most
// recently used first.
// Errors: CodeSessionEnded.
func (s *Service) OwnSessions(ctx context.Context, who Identity) ([]models.Session, error) {
	user, err := s.reload(ctx, who)
	if err != nil {
		return nil, err
	}
	now := s.now()
	sessions := slices.DeleteFunc(slices.Clone(user.Sessions), func(session models.Session) bool { return !now.Before(session.ExpiresAt) })
	slices.SortStableFunc(sessions, func(a, b models.Session) int { return b.LastUsedAt.Compare(a.LastUsedAt) })
	return sessions, nil
}

// EndOwnSession ends the session of the user that has this id; current tells
// whether it is the one who is acting. The id of nobody's, another user's or
// an expired session, and text that is no id, all get the same answer.
// Errors: CodeNotFound, CodeSessionEnded.
func (s *Service) EndOwnSession(ctx context.Context, who Identity, id string) (current bool, err error) {
	err = s.replaceOwn(ctx, who, func(sessions []models.Session) ([]models.Session, error) {
		kept := slices.DeleteFunc(slices.Clone(sessions), func(session models.Session) bool { return session.ID.String() == id })
		if len(kept) == len(sessions) {
			return nil, errNoSuchSession
		}
		return kept, nil
	})
	switch {
	case err == nil:
		s.tell(ctx, sessionEnded, who.User.ID, who.SessionID, slog.String("endedSessionId", id)) // an id of ours: it was found
	case errors.Is(err, errNoSuchSession):
		s.tell(ctx, accessDenied, who.User.ID, who.SessionID)
	}
	return err == nil && id == who.SessionID.String(), err
}

// EndOwnSessions ends the user's other sessions, with all the acting one too,
// and returns how many it ended.
// Errors: CodeSessionEnded.
func (s *Service) EndOwnSessions(ctx context.Context, who Identity, all bool) (ended int, err error) {
	err = s.replaceOwn(ctx, who, func(sessions []models.Session) ([]models.Session, error) {
		kept := slices.DeleteFunc(slices.Clone(sessions), func(session models.Session) bool { return all || session.ID != who.SessionID })
		ended = len(sessions) - len(kept)
		return kept, nil
	})
	if err == nil {
		s.tell(ctx, sessionsEnded, who.User.ID, who.SessionID, slog.Int("ended", ended))
	}
	return ended, err
}

// replaceOwn writes what next makes of the user's live sessions. It is called
// again when another write came first.
func (s *Service) replaceOwn(ctx context.Context, who Identity, next func([]models.Session) ([]models.Session, error)) error {
	for range swapAttempts {
		user, err := s.reload(ctx, who)
		if err != nil {
			return err
		}
		sessions, err := next(s.live(user.Sessions))
		if err != nil {
			return err
		}
		swapped, err := s.store.ReplaceSessions(ctx, user, sessions)
		if err != nil || swapped {
			return err
		}
	}
	return errContended
}

// reload returns the acting user as the row is now. A session that ended since
// the request was authenticated is CodeSessionEnded: what was thrown out must
// not throw out others.
func (s *Service) reload(ctx context.Context, who Identity) (models.User, error) {
	user, _, err := s.liveSession(ctx, token.Claims{UserID: who.User.ID, SessionID: who.SessionID}, s.store.UserByID)
	return user, err
}

// live returns a copy of the sessions without those that are over.
func (s *Service) live(sessions []models.Session) []models.Session {
	now := s.now()
	return slices.DeleteFunc(slices.Clone(sessions), func(session models.Session) bool { return s.policy.over(session, now) })
}
