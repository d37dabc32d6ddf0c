package auth

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/maypok86/otter/v2"
	"golang.org/x/sync/singleflight"

	"sallyport/models"
)

const (
	maxSnapshots = 10_000 // users; at about 2 KB each the cache stays near 20 MB
	stripes      = 4096   // locks; a write of another user with the same one costs a query
)

// Outside says what other instances do. The zero Outside is of a program that
// runs alone.
type Outside struct {
	// Heard reports whether every change that another instance has made durable is
	// forgotten here within a moment. While it is false nothing is remembered. nil:
	// there is no other instance.
	Heard func() bool
	// Changed is called with a user whose row has changed, when that is durable. It
	// does not wait.
	Changed func(user uuid.UUID)
}

// snapshots is a UserStore that remembers users, so that a warm check of an
// access token costs no query. A write of this process takes the snapshot away
// before it begins, and none is taken until it is over: not even while it is in
// flight does a check show what another request has seen gone. A write of
// another process takes it away by Forget.
type snapshots struct {
	UserStore
	outside Outside
	ttl     time.Duration // 0: nothing is remembered
	now     func() time.Time
	users   *otter.Cache[uuid.UUID, snapshot]
	meter   Meter
	age     atomic.Uint64 // raised when everybody is forgotten
	locks   [stripes]stripe
	reading singleflight.Group
}

// snapshot is a user without what only sign-in needs. Nobody may change its
// sessions in place: requests share them.
type snapshot struct {
	user  models.User
	taken time.Time
	age   uint64 // of the memory
}

// stripe guards against a slow read or write: one that began before another
// write ended, or before news of one, must not be remembered after it.
type stripe struct {
	sync.Mutex
	writing int    // writes in flight
	begun   uint64 // writes and news so far
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

func newSnapshots(store UserStore, outside Outside, ttl time.Duration, now func() time.Time) (*snapshots, error) {
	users, err := otter.New(&otter.Options[uuid.UUID, snapshot]{MaximumSize: maxSnapshots})
	if err != nil {
		return nil, err
	}
	return &snapshots{UserStore: store, outside: outside, ttl: ttl, now: now, users: users, meter: noMeter{}}, nil
}

// Snapshot is UserByID from memory where that is fresh. The user has neither
// the password hash nor the count of failed logins, which changes without the
// snapshot being dropped.
func (s *snapshots) Snapshot(ctx context.Context, id uuid.UUID) (user models.User, found bool, err error) {
	if !s.remembers() {
		s.meter.Lookup(false)
		return s.read(ctx, id)
	}
	if kept, ok := s.users.GetIfPresent(id); ok && s.fresh(kept) {
		s.meter.Lookup(true)
		return kept.user, true, nil
	}
	s.meter.Lookup(false)
	return s.share(ctx, id)
}

// share loads the row for all who ask at the same time with one query, unless the
// user changes meanwhile.
func (s *snapshots) share(ctx context.Context, id uuid.UUID) (user models.User, found bool, err error) {
	m := s.moment(id)
	if !m.quiet {
		return s.read(ctx, id)
	}
	flight := fmt.Sprintf("%s %d %d", id, m.begun, m.age)
	shared, err, _ := s.reading.Do(flight, func() (any, error) {
		user, found, err := s.load(context.WithoutCancel(ctx), id, m) // a caller who leaves must not fail the others
		if err != nil || !found {
			return nil, err
		}
		return &user, nil
	})
	if known, ok := shared.(*models.User); ok {
		return *known, true, nil
	}
	return models.User{}, false, err
}

// Renew is Snapshot from the row by a query of its own: one that began before it was
// called may not have seen what has just become durable.
func (s *snapshots) Renew(ctx context.Context, id uuid.UUID) (user models.User, found bool, err error) {
	return s.load(ctx, id, s.moment(id))
}

// moment is what is known when a read begins.
type moment struct {
	at    time.Time
	age   uint64 // of the memory
	begun uint64 // writes and news so far
	quiet bool   // no write is in flight
}

func (s *snapshots) moment(id uuid.UUID) moment {
	begun, quiet := s.lockOf(id).look()
	return moment{s.now(), s.age.Load(), begun, quiet}
}

// load reads the row and remembers it, unless a write or news has come since m.
func (s *snapshots) load(ctx context.Context, id uuid.UUID, m moment) (user models.User, found bool, err error) {
	user, found, err = s.read(ctx, id)
	if err == nil && found && m.quiet {
		s.keep(id, snapshot{user, m.at, m.age}, m.begun)
	}
	return user, found, err
}

func (s *snapshots) read(ctx context.Context, id uuid.UUID) (user models.User, found bool, err error) {
	user, found, err = s.UserByID(ctx, id)
	if err != nil || !found {
		return models.User{}, false, err
	}
	user.PasswordHash, user.FailedLogins = "", 0
	return user, true, nil
}

// keep remembers what was read, unless a write or news has come since it began.
func (s *snapshots) keep(id uuid.UUID, taken snapshot, begun uint64) {
	lock := s.lockOf(id)
	lock.Lock()
	defer lock.Unlock()
	if lock.writing == 0 && lock.begun == begun {
		s.users.Set(id, taken)
	}
}

// remembers reports whether what is remembered can be right.
func (s *snapshots) remembers() bool {
	return s.ttl > 0 && (s.outside.Heard == nil || s.outside.Heard())
}

// Remembered returns how many users are in memory.
func (s *Service) Remembered() int { return s.store.users.EstimatedSize() }

// fresh is false for a snapshot of the future too: the clock was set back, and
// nobody knows how old it is.
func (s *snapshots) fresh(kept snapshot) bool {
	age := s.now().Sub(kept.taken)
	return 0 <= age && age < s.ttl && kept.age == s.age.Load()
}

// Apply implements UserStore.
func (s *snapshots) Apply(ctx context.Context, change models.Change) (applied bool, err error) {
	for _, swap := range change.Swaps {
		defer s.begin(swap.UserID())()
	}
	applied, err = s.UserStore.Apply(ctx, change)
	if s.outside.Changed != nil && (applied || err != nil) { // one that failed may have been made
		for _, swap := range change.Swaps {
			s.outside.Changed(swap.UserID())
		}
	}
	return applied, err
}

// Forget drops what is remembered of users whom another process has changed.
func (s *snapshots) Forget(users ...uuid.UUID) {
	for _, id := range users {
		lock := s.lockOf(id)
		lock.Lock()
		lock.begun++
		s.users.Invalidate(id)
		lock.Unlock()
	}
}

// ForgetAll is Forget of everybody.
func (s *snapshots) ForgetAll() {
	s.age.Add(1)
	s.users.InvalidateAll()
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
