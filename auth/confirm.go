package auth

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"sallyport/auth/session"
	"sallyport/auth/token"
	"sallyport/models"
)

const (
	maxConfirming  = 256              // writes at once; they share commits
	confirmTimeout = 10 * time.Second // of one write, with its wait for a turn
	confirmPause   = 5 * time.Second  // after a write that failed: a database that takes none is not asked by each request
)

var errUnfinished = errors.New("the confirmation has not returned")

// confirmations keeps one refresh token from being confirmed by several requests
// at once, and their number small.
type confirmations struct {
	mu      sync.Mutex
	running map[string]bool // by the id of the refresh token
	failed  time.Time       // of the latest write that failed
}

func (c *confirmations) begin(tokenID string, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	pausing := now.Sub(c.failed).Abs() < confirmPause
	if c.running[tokenID] || len(c.running) == maxConfirming || pausing {
		return false
	}
	c.running[tokenID] = true
	return true
}

func (c *confirmations) end(tokenID string, now time.Time, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.running, tokenID)
	if err != nil {
		c.failed = now
	}
}

// confirmUse writes, beside the request, that the session's current refresh
// token has reached its client, where one of these access tokens was issued
// with it. Nothing waits for it and nothing depends on it but how long the
// predecessor is answered: where the write fails, a later request tries again.
func (s *Service) confirmUse(ctx context.Context, current models.Session, tokens []token.Claims) {
	if !current.Unconfirmed { // nearly always
		return
	}
	use := slices.IndexFunc(tokens, func(t token.Claims) bool { return t.RefreshID == current.TokenID })
	if use >= 0 && s.confirming.begin(current.TokenID, s.now()) {
		s.confirmLater(context.WithoutCancel(ctx), tokens[use])
	}
}

func (s *Service) confirmLater(ctx context.Context, used token.Claims) {
	s.background(func() {
		ctx, cancel := context.WithTimeout(ctx, confirmTimeout)
		defer cancel()
		err := errUnfinished
		defer func() { s.confirming.end(used.RefreshID, s.now(), err) }() // after a panic too
		if err = s.confirm(ctx, used); err != nil {
			s.log.WarnContext(ctx, "session not confirmed", slog.Any("error", err))
		}
	})
}

// confirm marks the session's current refresh token as used, if it still is
// the one that the access token names.
func (s *Service) confirm(ctx context.Context, used token.Claims) error {
	return s.Update(ctx, func() (Plan, error) {
		user, found, err := s.store.UserByID(ctx, used.UserID)
		if err != nil || !found {
			return Plan{}, err
		}
		current, _ := user.Session(used.SessionID)
		if !current.Unconfirmed || current.TokenID != used.RefreshID {
			return Plan{}, nil
		}
		next := user
		next.Sessions = session.Replace(user.Sessions, s.sessions.Confirm(current, s.now()))
		return One(user, next), nil
	})
}
