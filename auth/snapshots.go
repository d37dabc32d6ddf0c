package auth

import (
	"context"
	"hash/maphash"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/maypok86/otter/v2"

	"sallyport/models"
)

const (
	maxSnapshots = 10_000 // users; at about 2 KB each the cache stays near 20 MB
	stripes      = 4096   // locks; a write of another user with the same one costs a query
)

// snapshots is a UserStore that remembers users, so that a warm check of an
// access token costs no query and a warm refresh none but the write. A write of
// this process takes the snapshot away before it begins, and none is taken
// until it is over: not even while it is in flight does a check show what
// another request has seen gone. A write of another process is seen when the
// snapshot is ttl old.
type snapshots struct {
	UserStore
	ttl   time.Duration // 0: nothing is remembered
	now   func() time.Time
	users *otter.Cache[uuid.UUID, snapshot]
	seed  maphash.Seed
	locks [stripes]stripe
}

// snapshot is a user without what only sign-in needs. Nobody may change its sessions
// in place: requests share them.
type snapshot struct {
	user  models.User
	taken time.Time
}

// stripe guards against a slow read or write: one that began before another
// write ended must not be remembered after it.
type stripe struct {
	sync.Mutex
	writing int    // writes in flight
	begun   uint64 // writes so far
}

func newSnapshots(store UserStore, ttl time.Duration, now func() time.Time) (*snapshots, error) {
	users, err := otter.New(&otter.Options[uuid.UUID, snapshot]{MaximumSize: maxSnapshots})
	if err != nil {
		return nil, err
	}
	return &snapshots{UserStore: store, ttl: ttl, now: now, users: users, seed: maphash.MakeSeed()}, nil
}

// Snapshot is UserByID from memory where that is fresh. The user has no
// password hash.
func (s *snapshots) Snapshot(ctx context.Context, id uuid.UUID) (user models.User, found bool, err error) {
	if s.ttl == 0 {
		return s.UserByID(ctx, id)
	}
	if user, found, err := s.Remembered(ctx, id); found {
		return user, true, err
	}
	stripe := s.stripe(id)
	stripe.Lock()
	begun, quiet := stripe.begun, stripe.writing == 0
	stripe.Unlock()
	taken := s.now()
	user, found, err = s.UserByID(ctx, id)
	if err != nil || !found {
		return user, found, err
	}
	user.PasswordHash = ""
	user.FailedLogins = 0 // it changes without the snapshot being dropped
	stripe.Lock()
	defer stripe.Unlock()
	if quiet && stripe.begun == begun {
		s.users.Set(id, snapshot{user, taken})
	}
	return user, true, nil
}

// Remembered is Snapshot where that costs no query; any other user is not
// found.
func (s *snapshots) Remembered(_ context.Context, id uuid.UUID) (user models.User, found bool, err error) {
	kept, ok := s.users.GetIfPresent(id)
	if !ok || s.now().Sub(kept.taken) >= s.ttl {
		return models.User{}, false, nil
	}
	return kept.user, true, nil
}

// ReplaceSessions implements UserStore. A snapshot of the very row that was
// written gets the new sessions, so that what follows a refresh finds it warm.
func (s *snapshots) ReplaceSessions(ctx context.Context, user models.User, next []models.Session) (swapped bool, err error) {
	w := s.begin(user.ID)
	defer w.end()
	swapped, err = s.UserStore.ReplaceSessions(ctx, user, next)
	if swapped && err == nil {
		w.after = w.before // no younger than before: the other columns are as old as they were
		w.after.user.Sessions, w.after.user.SessionsVersion = next, user.SessionsVersion+1
	}
	return swapped, err
}

// ReplacePasswordHash implements UserStore.
func (s *snapshots) ReplacePasswordHash(ctx context.Context, user models.User, next string) (swapped bool, err error) {
	defer s.begin(user.ID).end()
	return s.UserStore.ReplacePasswordHash(ctx, user, next)
}

// ReplacePassword implements UserStore.
func (s *snapshots) ReplacePassword(ctx context.Context, user models.User, hash string, next []models.Session) (swapped bool, err error) {
	defer s.begin(user.ID).end()
	return s.UserStore.ReplacePassword(ctx, user, hash, next)
}

// write is a write in flight.
type write struct {
	of     *snapshots
	id     uuid.UUID
	stripe *stripe
	nth    uint64
	before snapshot // zero where the user was not remembered
	after  snapshot // zero to forget the user: after an error too, for the write may have happened
}

// begin takes the snapshot away and keeps others from being taken until end.
func (s *snapshots) begin(id uuid.UUID) *write {
	stripe := s.stripe(id)
	stripe.Lock()
	defer stripe.Unlock()
	stripe.begun++
	stripe.writing++
	before, found := s.users.GetIfPresent(id) // to ask costs less than to take away what is not there
	if found {
		s.users.Invalidate(id)
	}
	return &write{of: s, id: id, stripe: stripe, nth: stripe.begun, before: before}
}

func (w *write) end() {
	w.stripe.Lock()
	defer w.stripe.Unlock()
	w.stripe.writing--
	if w.after.user.ID == w.id && w.stripe.begun == w.nth {
		w.of.users.Set(w.id, w.after)
	}
}

func (s *snapshots) stripe(id uuid.UUID) *stripe {
	return &s.locks[maphash.Bytes(s.seed, id[:])%stripes]
}
