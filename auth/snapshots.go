package auth

import (
	"context"
	"encoding/binary"
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
// access token costs no query. A write of this process takes the snapshot away
// before it begins, and none is taken until it is over: not even while it is in
// flight does a check show what another request has seen gone. A write of
// another process, or past this type, is seen when the snapshot is ttl old.
type snapshots struct {
	UserStore
	ttl   time.Duration // 0: nothing is remembered
	now   func() time.Time
	users *otter.Cache[uuid.UUID, snapshot]
	meter Meter
	locks [stripes]stripe
}

// snapshot is a user without what only sign-in needs. Nobody may change its
// sessions in place: requests share them.
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

func (s *stripe) look() (begun uint64, quiet bool) {
	s.Lock()
	defer s.Unlock()
	return s.begun, s.writing == 0
}

func (s *stripe) end() {
	s.Lock()
	defer s.Unlock()
	s.writing--
}

func newSnapshots(store UserStore, ttl time.Duration, now func() time.Time) (*snapshots, error) {
	users, err := otter.New(&otter.Options[uuid.UUID, snapshot]{MaximumSize: maxSnapshots})
	if err != nil {
		return nil, err
	}
	return &snapshots{UserStore: store, ttl: ttl, now: now, users: users, meter: noMeter{}}, nil
}

// Snapshot is UserByID from memory where that is fresh. The user has neither
// the password hash nor the count of failed logins, which changes without the
// snapshot being dropped.
func (s *snapshots) Snapshot(ctx context.Context, id uuid.UUID) (user models.User, found bool, err error) {
	if kept, ok := s.users.GetIfPresent(id); ok && s.fresh(kept) {
		s.meter.Lookup(true)
		return kept.user, true, nil
	}
	s.meter.Lookup(false)
	lock := s.lockOf(id)
	begun, quiet := lock.look()
	taken := s.now()
	user, found, err = s.UserByID(ctx, id)
	if err != nil || !found {
		return models.User{}, false, err
	}
	user.PasswordHash, user.FailedLogins = "", 0
	if s.ttl == 0 {
		return user, true, nil
	}
	lock.Lock()
	defer lock.Unlock()
	if quiet && lock.begun == begun {
		s.users.Set(id, snapshot{user, taken})
	}
	return user, true, nil
}

// Remembered returns how many users are in memory.
func (s *Service) Remembered() int { return s.store.users.EstimatedSize() }

// fresh is false for a snapshot of the future too: the clock was set back, and
// nobody knows how old it is.
func (s *snapshots) fresh(kept snapshot) bool {
	age := s.now().Sub(kept.taken)
	return 0 <= age && age < s.ttl
}

// Apply implements UserStore.
func (s *snapshots) Apply(ctx context.Context, change models.Change) (applied bool, err error) {
	for _, swap := range change.Swaps {
		defer s.begin(swap.UserID())()
	}
	return s.UserStore.Apply(ctx, change)
}

// begin takes the snapshot away and keeps others from being taken until end.
func (s *snapshots) begin(id uuid.UUID) (end func()) {
	lock := s.lockOf(id)
	lock.Lock()
	defer lock.Unlock()
	lock.begun++
	lock.writing++
	s.users.Invalidate(id)
	return lock.end
}

func (s *snapshots) lockOf(id uuid.UUID) *stripe {
	return &s.locks[binary.BigEndian.Uint16(id[14:])%stripes] // the end of a UUIDv7 is random
}
