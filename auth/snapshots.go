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
// access token costs no query and a warm refresh none but the write. A snapshot
// is dropped or brought up to date after every write of this process, before
// that write is answered: what was revoked here is refused from then on. A
// write of another process is seen when the snapshot is ttl old.
type snapshots struct {
	UserStore
	ttl   time.Duration // 0: nothing is remembered
	now   func() time.Time
	users *otter.Cache[uuid.UUID, snapshot]
	seed  maphash.Seed
	locks [stripes]stripe
}

// snapshot is a user without the password hash. Nobody may change its sessions
// in place: requests share them.
type snapshot struct {
	user  models.User
	taken time.Time
}

// stripe guards against what is slow: neither a read nor a write that began
// before another write ended may be remembered after it.
type stripe struct {
	sync.Mutex
	writes uint64 // that have ended
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
	if kept, ok := s.users.GetIfPresent(id); ok && s.now().Sub(kept.taken) < s.ttl {
		return kept.user, true, nil
	}
	stripe := s.stripe(id)
	stripe.Lock()
	writes := stripe.writes
	stripe.Unlock()
	taken := s.now()
	user, found, err = s.UserByID(ctx, id)
	if err != nil || !found {
		return user, found, err
	}
	user.PasswordHash = ""
	stripe.Lock()
	defer stripe.Unlock()
	if stripe.writes == writes {
		s.users.Set(id, snapshot{user, taken})
	}
	return user, true, nil
}

// ReplaceSessions implements UserStore. A snapshot of the very row that was
// written gets the new sessions, so that what follows a refresh finds it warm.
func (s *snapshots) ReplaceSessions(ctx context.Context, user models.User, next []models.Session) (swapped bool, err error) {
	stripe := s.stripe(user.ID)
	stripe.Lock()
	writes := stripe.writes
	kept, found := s.users.GetIfPresent(user.ID)
	stripe.Unlock()

	swapped, err = s.UserStore.ReplaceSessions(ctx, user, next)

	stripe.Lock()
	defer stripe.Unlock()
	if found && swapped && err == nil && stripe.writes == writes && kept.user.SessionsVersion == user.SessionsVersion {
		kept.user.Sessions, kept.user.SessionsVersion = next, user.SessionsVersion+1
		s.users.Set(user.ID, kept) // no younger than before: the other columns are as old as they were
	} else { // after an error too: the write may have happened all the same
		s.users.Invalidate(user.ID)
	}
	stripe.writes++
	return swapped, err
}

// ReplacePasswordHash implements UserStore.
func (s *snapshots) ReplacePasswordHash(ctx context.Context, user models.User, next string) (swapped bool, err error) {
	defer s.drop(user.ID) // also after an error: the write may have happened all the same
	return s.UserStore.ReplacePasswordHash(ctx, user, next)
}

// ReplacePassword implements UserStore.
func (s *snapshots) ReplacePassword(ctx context.Context, user models.User, hash string, next []models.Session) (swapped bool, err error) {
	defer s.drop(user.ID)
	return s.UserStore.ReplacePassword(ctx, user, hash, next)
}

func (s *snapshots) drop(id uuid.UUID) {
	stripe := s.stripe(id)
	stripe.Lock()
	defer stripe.Unlock()
	stripe.writes++
	s.users.Invalidate(id)
}

func (s *snapshots) stripe(id uuid.UUID) *stripe {
	return &s.locks[maphash.Bytes(s.seed, id[:])%stripes]
}
