package auth

import (
	"context"
	"errors"
	"log/slog"
	"slices"

	"github.com/google/uuid"

	"sallyport/auth/session"
	"sallyport/internal/events"
	"sallyport/models"
)

// OwnSessions returns the sessions of the user that have not expired, most
// recently used first.
// Errors: CodeSessionEnded.
func (s *Service) OwnSessions(ctx context.Context, who Identity) ([]models.Session, error) {
	user, _, err := s.live(ctx, who.named(), s.store.UserByID)
	if err != nil {
		return nil, err
	}
	return s.Listed(user), nil
}

// Listed returns the sessions of the user that have not expired, most recently
// used first.
func (s *Service) Listed(user models.User) []models.Session {
	now := s.now()
	sessions := slices.DeleteFunc(slices.Clone(user.Sessions), func(s models.Session) bool { return !now.Before(s.ExpiresAt) })
	slices.SortStableFunc(sessions, func(a, b models.Session) int { return b.LastUsedAt.Compare(a.LastUsedAt) })
	return sessions
}

// EndOwnSession ends the session of the user that has this id; current reports
// whether it is the one who is acting. The id of nobody's, another user's or
// an expired session, and text that is no id, all get the same answer.
// Errors: CodeNotFound, CodeSessionEnded.
func (s *Service) EndOwnSession(ctx context.Context, who Identity, id string) (current bool, err error) {
	target, err := uuid.Parse(id)
	if err != nil || target.String() != id { // one spelling of an id
		err = errNoSuchSession
	} else {
		happened := s.by(who, sessionEnded, slog.String("endedSessionId", id)) // logged where it was found
		err = s.updateOwn(ctx, who, func(sessions []models.Session) ([]models.Session, Happened, error) {
			kept := session.Without(sessions, target)
			if len(kept) == len(sessions) {
				return nil, Happened{}, errNoSuchSession
			}
			return kept, happened, nil
		})
	}
	if errors.Is(err, errNoSuchSession) {
		s.record(ctx, accessDenied, who.User.ID, who.SessionID)
	}
	return err == nil && target == who.SessionID, err
}

// EndOwnSessions ends the user's other sessions, with all the acting one too,
// and returns how many it ended.
// Errors: CodeSessionEnded.
func (s *Service) EndOwnSessions(ctx context.Context, who Identity, all bool) (ended int, err error) {
	err = s.updateOwn(ctx, who, func(sessions []models.Session) ([]models.Session, Happened, error) {
		kept := slices.DeleteFunc(slices.Clone(sessions), func(s models.Session) bool { return all || s.ID != who.SessionID })
		ended = len(sessions) - len(kept)
		return kept, s.by(who, sessionsEnded, slog.Int("ended", ended)), nil
	})
	return ended, err
}

// by is an event that the acting user has caused.
func (s *Service) by(who Identity, e events.Event, details ...slog.Attr) Happened {
	return Happened{Event: e, UserID: who.User.ID, SessionID: who.SessionID, Device: who.Device, Details: details}
}

// updateOwn writes what next makes of the acting user's live sessions. Where the
// acting session has ended since the request was authenticated, the error is
// CodeSessionEnded: what was thrown out must not throw out others. Where there
// is nothing to end, the event is only logged.
func (s *Service) updateOwn(ctx context.Context, who Identity, next func([]models.Session) ([]models.Session, Happened, error)) error {
	return s.Update(ctx, func() (Plan, error) {
		old, _, err := s.live(ctx, who.named(), s.store.UserByID)
		if err != nil {
			return Plan{}, err
		}
		changed := old
		var happened Happened
		changed.Sessions, happened, err = next(s.sessions.Live(old.Sessions, s.now()))
		if err != nil {
			return Plan{}, err
		}
		if len(changed.Sessions) == len(old.Sessions) {
			happened.log(ctx, s.log)
			return Plan{}, nil
		}
		return One(old, changed, happened), nil
	})
}
