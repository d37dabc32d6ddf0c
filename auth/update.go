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

// Plan is a change with the security events that it makes: once it is durable
// each is a line of the log, and those that users see are rows of their activity.
type Plan struct {
	models.Change
	Events []Happened
}

// Update is the one way to change users, their sessions, and what goes with
// them. decide loads them and returns what to write; it is called again where
// another write came first, and where it returns no change there is nothing to
// write. The change is durable when Update returns nil. A taken name is
// models.ErrDuplicate, and the last administrator stays one: models.ErrLastAdmin.
func (s *Service) Update(ctx context.Context, decide func() (Plan, error)) error {
	for range maxSwaps {
		plan, err := decide()
		if err != nil || plan.Empty() {
			return err
		}
		applied, err := s.apply(ctx, plan)
		if err != nil || applied {
			return err
		}
	}
	return errContended
}

func (s *Service) apply(ctx context.Context, plan Plan) (applied bool, err error) {
	plan.At = s.now()
	if plan.Activity, plan.Actions, err = s.rowsOf(plan.Events); err != nil {
		return false, err
	}
	applied, err = s.store.Apply(ctx, plan.Change)
	if !applied || err != nil {
		return false, err
	}
	for _, event := range plan.Events {
		event.log(ctx, s.log)
	}
	if len(plan.Mail) > 0 {
		s.post.Wake()
	}
	return true, nil
}

// One is the plan of a single swap.
func One(old, next models.User, events ...Happened) Plan {
	return Plan{models.Change{Swaps: []models.Swap{{Old: old, Next: next}}}, events}
}

// named is a session as a token names it.
type named struct{ userID, sessionID uuid.UUID }

func namedBy(c token.Claims) named { return named{c.UserID, c.SessionID} }

// Own loads the row of the acting user, whose session must still live: what was
// thrown out must not change anything.
// Errors: CodeSessionEnded.
func (s *Service) Own(ctx context.Context, who Identity) (models.User, error) {
	user, _, err := s.live(ctx, who.named(), s.store.UserByID)
	return user, err
}

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
