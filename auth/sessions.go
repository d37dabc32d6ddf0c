package auth

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"sallyport/auth/token"
	"sallyport/models"
)

// swapAttempts bounds a compare-and-swap loop. Each lost round means another
// write of the same user won, so a loop this long is no ordinary contention.
const swapAttempts = 64

// errContended is a generic 500: no caller can do better than to retry.
var errContended = fmt.Errorf("the user's row changed %d times while it was being written", swapAttempts)

// signIn adds a new session to the user, whose password was just proven. It
// never adopts a token the client brought along (session fixation, OWASP ASVS
// 7.2.4). Where the row changed meanwhile, reprove says whether what was proven
// holds for the reloaded user too; its error is the answer.
func (s *Service) signIn(ctx context.Context, user models.User, device Device, reprove func(models.User) error) (models.User, Grant, error) {
	session := newSession(device, s.now(), s.policy)
	for range swapAttempts {
		next := withSession(user.Sessions, session, s.now(), s.policy)
		swapped, err := s.store.ReplaceSessions(ctx, user, next)
		if err != nil {
			return user, Grant{}, err
		}
		if swapped {
			s.tellSignedIn(ctx, user, next, session)
			grant, err := s.grant(user, session)
			return user, grant, err
		}
		found := false
		user, found, err = s.store.UserByID(ctx, user.ID)
		if err != nil {
			return user, Grant{}, err
		}
		if !found || user.Disabled() || locked(user) {
			return user, Grant{}, errInvalidCredentials
		}
		if err := reprove(user); err != nil {
			return user, Grant{}, err
		}
	}
	return user, Grant{}, errContended
}

func newSession(device Device, now time.Time, policy Policy) models.Session {
	return issued(models.Session{
		ID:         uuid.New(),
		SignedInAt: now,
		LastUsedAt: now,
		UserAgent:  device.UserAgent,
		IP:         device.IP,
	}, token.NewID(), now, policy)
}

// withSession returns the live sessions with one more, evicting the least
// recently used where there are too many.
func withSession(sessions []models.Session, added models.Session, now time.Time, policy Policy) []models.Session {
	live := slices.DeleteFunc(slices.Clone(sessions), func(s models.Session) bool { return policy.over(s, now) })
	slices.SortStableFunc(live, func(a, b models.Session) int { return a.LastUsedAt.Compare(b.LastUsedAt) })
	excess := max(0, len(live)+1-policy.MaxSessions)
	return append(live[excess:], added)
}

func withoutSession(sessions []models.Session, id uuid.UUID) []models.Session {
	return slices.DeleteFunc(slices.Clone(sessions), func(s models.Session) bool { return s.ID == id })
}

// endSession takes the session out of the user's row. A session or user that
// is not there is no error: it has ended already.
func (s *Service) endSession(ctx context.Context, userID, sessionID uuid.UUID) error {
	for range swapAttempts {
		user, found, err := s.store.UserByID(ctx, userID)
		if err != nil || !found {
			return err
		}
		if _, live := user.Session(sessionID); !live {
			return nil
		}
		swapped, err := s.store.ReplaceSessions(ctx, user, withoutSession(user.Sessions, sessionID))
		if err != nil {
			return err
		}
		if swapped {
			s.tell(ctx, loggedOut, userID, sessionID)
			return nil
		}
	}
	return errContended
}
