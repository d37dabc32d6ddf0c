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
	maxSnapshots = 10_000 // users; at about 1 KB each the cache stays near 10 MB
	stripes      = 256    // locks; two users share one harmlessly
)

// snapshots is a UserStore that remembers users for [Service.Authenticate], so
// that a warm check of an access token costs no query. A snapshot is dropped
// after every write of this process, before that write is answered: what was
// revoked here is refused from then on. A write of another process is seen
// when the snapshot is ttl old.
type snapshots struct {
	UserStore
	ttl   time.Duration // 0: nothing is remembered
	now   func() time.Time
	users *otter.Cache[uuid.UUID, snapshot]
	seed  maphash.Seed
	locks [stripes]stripe
}

// snapshot is a user without what only refresh and sign-in need.
type snapshot struct {
	user  models.User
	taken time.Time
}

// stripe guards against a slow read: one that began before a write must not be
// remembered after it.
type stripe struct {
	sync.Mutex
	drops uint64
}

func newSnapshots(store UserStore, ttl time.Duration, now func() time.Time) (*snapshots, error) {
	users, err := otter.New(&otter.Options[uuid.UUID, snapshot]{MaximumSize: maxSnapshots})
	if err != nil {
		return nil, err
	}
	return &snapshots{UserStore: store, ttl: ttl, now: now, users: users, seed: maphash.MakeSeed()}, nil
}

// Snapshot is UserByID from memory where that is fresh. The user has neither
// password hash nor refresh token ids.
func (s *snapshots) Snapshot(ctx context.Context, id uuid.UUID) (user models.User, found bool, err error) {
	if s.ttl == 0 {
		return s.UserByID(ctx, id)
	}
	if kept, ok := s.users.GetIfPresent(id); ok && s.now().Sub(kept.taken) < s.ttl {
		return kept.user, true, nil
	}
	stripe := s.stripe(id)
	stripe.Lock()
	drops := stripe.drops
	stripe.Unlock()
	taken := s.now()
	user, found, err = s.UserByID(ctx, id)
	if err != nil || !found {
		return user, found, err
	}
	user = trimmed(user)
	stripe.Lock()
	defer stripe.Unlock()
	if stripe.drops == drops {
		s.users.Set(id, snapshot{user, taken})
	}
	return user, true, nil
}

// ReplaceSessions implements UserStore.
func (s *snapshots) ReplaceSessions(ctx context.Context, user models.User, next []models.Session) (swapped bool, err error) {
	defer s.drop(user.ID) // also after an error: the write may have happened all the same
	return s.UserStore.ReplaceSessions(ctx, user, next)
}

// ReplacePasswordHash implements UserStore.
func (s *snapshots) ReplacePasswordHash(ctx context.Context, user models.User, next string) (swapped bool, err error) {
	defer s.drop(user.ID)
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
	stripe.drops++
	s.users.Invalidate(id)
}

func (s *snapshots) stripe(id uuid.UUID) *stripe {
	return &s.locks[maphash.Bytes(s.seed, id[:])%stripes]
}

// trimmed returns the user with only what a check of an access token and an
// answer about the user need.
func trimmed(user models.User) models.User {
	user.PasswordHash = ""
	sessions := make([]models.Session, len(user.Sessions))
	for i, s := range user.Sessions {
		sessions[i] = models.Session{ID: s.ID, SignedInAt: s.SignedInAt, ExpiresAt: s.ExpiresAt}
	}
	user.Sessions = sessions
	return user
}
