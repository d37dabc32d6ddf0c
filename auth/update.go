package auth

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"sallyport/auth/session"
	"sallyport/auth/token"
	"sallyport/internal/apperror"
	"sallyport/models"
)

// maxSwaps bounds the loop of compare-and-swaps. Each failure means that another
// write of the same user came first, so 64 are no ordinary contention.
const maxSwaps = 64

// errContended says to retry later: no caller can do better.
var errContended = apperror.Unavailable(fmt.Errorf("the user's row changed %d times while it was being written", maxSwaps))

// update is the one way to change users and their sessions. decide loads them
// and returns what to write; it is called again where another write came first,
// and where it returns no swap there is nothing to write.
func (s *Service) update(ctx context.Context, decide func() ([]models.Swap, error)) error {
	for range maxSwaps {
		swaps, err := decide()
		if err != nil || len(swaps) == 0 {
			return err
		}
		swapped, err := s.store.Swap(ctx, swaps...)
		if err != nil || swapped {
			return err
		}
	}
	return errContended
}

// named is a session as a token names it.
type named struct{ userID, sessionID uuid.UUID }

func namedBy(c token.Claims) named { return named{c.UserID, c.SessionID} }

// loader loads a user by id: from the row to decide a write, from memory to
// check an access token.
type loader func(ctx context.Context, id uuid.UUID) (user models.User, found bool, err error)

// live loads the user and the session. A user who is gone or disabled, a session
// that is not in the row and one past its absolute end are all CodeSessionEnded:
// a client learns no more than that.
func (s *Service) live(ctx context.Context, n named, load loader) (models.User, models.Session, error) {
	user, found, err := load(ctx, n.userID)
	if err != nil {
		return models.User{}, models.Session{}, err
	}
	current, listed := user.Session(n.sessionID)
	if !found || !listed || user.Disabled() || !s.now().Before(s.sessions.End(current)) {
		return models.User{}, models.Session{}, errSessionEnded
	}
	return user, current, nil
}

// oneOf finds the one live session that the tokens name, and those of them that
// name it. Tokens of sessions that have ended do not count. Errors:
// CodeSessionEnded, and CodeAmbiguousCookie where two sessions live, never a
// guess.
func (s *Service) oneOf(ctx context.Context, tokens []token.Claims, load loader) (user models.User, current models.Session, of []token.Claims, err error) {
	if len(tokens) > 1 {
		load = onceEach(load)
	}
	for _, t := range tokens {
		if len(of) > 0 && t.SessionID == current.ID {
			of = append(of, t)
			continue
		}
		owner, one, failure := s.live(ctx, namedBy(t), load)
		switch {
		case failure == errSessionEnded:
		case failure != nil:
			return user, current, nil, failure
		case len(of) > 0:
			return user, current, nil, errAmbiguousCookie
		default:
			user, current, of = owner, one, append(of, t)
		}
	}
	if len(of) == 0 {
		err = errSessionEnded
	}
	return user, current, of, err
}

// onceEach returns a loader that loads each user once: sessions of one user are
// compared as they were at one moment.
func onceEach(load loader) loader {
	type result struct {
		user  models.User
		found bool
	}
	loaded := map[uuid.UUID]result{}
	return func(ctx context.Context, id uuid.UUID) (models.User, bool, error) {
		if r, known := loaded[id]; known {
			return r.user, r.found, nil
		}
		user, found, err := load(ctx, id)
		if err == nil {
			loaded[id] = result{user, found}
		}
		return user, found, err
	}
}

// ending adds to swaps what takes the sessions out of the rows of their users.
// A session or user that is not there has ended already.
func (s *Service) ending(ctx context.Context, sessions []named, swaps ...models.Swap) ([]models.Swap, error) {
	for _, n := range sessions {
		i := slices.IndexFunc(swaps, func(swap models.Swap) bool { return swap.Old.ID == n.userID })
		if i < 0 {
			user, found, err := s.store.UserByID(ctx, n.userID)
			if err != nil {
				return nil, err
			}
			if _, listed := user.Session(n.sessionID); !found || !listed {
				continue
			}
			i, swaps = len(swaps), append(swaps, models.Swap{Old: user, Next: user})
		}
		swaps[i].Next.Sessions = session.Without(swaps[i].Next.Sessions, n.sessionID)
	}
	return swaps, nil
}
