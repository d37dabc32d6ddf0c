package auth

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"sallyport/models"
)

// countingStore holds one user and counts how often the row is read.
type countingStore struct {
	UserStore
	user   models.User
	reads  int
	during func() // runs after the row was read or before it is written, once
	landed func() // runs after the row was written and before the writer knows
	fails  error  // what a write reports although it was done
}

func (s *countingStore) UserByID(context.Context, uuid.UUID) (models.User, bool, error) {
	s.reads++
	user := s.user
	if s.during != nil {
		during := s.during
		s.during = nil
		during()
	}
	return user, true, nil
}

func (s *countingStore) Apply(_ context.Context, change models.Change) (bool, error) {
	swaps := change.Swaps
	if s.during != nil {
		during := s.during
		s.during = nil
		during()
	}
	if swaps[0].Old.SessionsVersion != s.user.SessionsVersion {
		return false, nil
	}
	s.user = swaps[0].Next
	s.user.SessionsVersion++
	if s.landed != nil {
		s.landed()
	}
	return true, s.fails
}

// endAll swaps the user's sessions for none.
func (s *countingStore) endAll(cache *snapshots, user models.User) (swapped bool, err error) {
	next := user
	next.Sessions = nil
	return cache.Apply(context.Background(), models.Change{Swaps: []models.Swap{{Old: user, Next: next}}})
}

func rememberedStore(t *testing.T, ttl time.Duration) (*snapshots, *countingStore, *time.Time) {
	t.Helper()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	store := &countingStore{user: models.User{
		ID: uuid.New(), PasswordHash: "$argon2id$…", FailedLogins: 3,
		Sessions: []models.Session{{ID: uuid.New(), TokenID: "current"}},
	}}
	cache, err := newSnapshots(store, Outside{}, ttl, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	return cache, store, &now
}

func liveSessions(t *testing.T, cache *snapshots, id uuid.UUID) int {
	t.Helper()
	user, found, err := cache.Snapshot(t.Context(), id)
	if err != nil || !found {
		t.Fatal(found, err)
	}
	return len(user.Sessions)
}

func TestSnapshot_WarmCheckReadsNoRow(t *testing.T) {
	cache, store, now := rememberedStore(t, 30*time.Second)
	for range 5 {
		liveSessions(t, cache, store.user.ID)
	}
	if store.reads != 1 {
		t.Errorf("%d reads for five checks, want 1", store.reads)
	}
	*now = now.Add(30 * time.Second)
	liveSessions(t, cache, store.user.ID)
	if store.reads != 2 {
		t.Errorf("a snapshot of 30 s was still used: %d reads", store.reads)
	}
	*now = now.Add(-time.Hour)
	liveSessions(t, cache, store.user.ID)
	if store.reads != 3 {
		t.Errorf("the clock was set back and a snapshot of the future used: %d reads", store.reads)
	}
}

func TestSnapshot_TTLOfZeroReadsEachTime(t *testing.T) {
	cache, store, _ := rememberedStore(t, 0)
	liveSessions(t, cache, store.user.ID)
	liveSessions(t, cache, store.user.ID)
	if store.reads != 2 {
		t.Errorf("%d reads for two checks, want 2", store.reads)
	}
}

func TestSnapshot_IsGoneWhenTheWriteReturns(t *testing.T) {
	cache, store, _ := rememberedStore(t, time.Minute)
	liveSessions(t, cache, store.user.ID)
	if _, err := store.endAll(cache, store.user); err != nil {
		t.Fatal(err)
	}
	if n := liveSessions(t, cache, store.user.ID); n != 0 {
		t.Error("an ended session is still honoured")
	}
}

func TestSnapshot_ReadThatBeganBeforeAWriteIsNotKept(t *testing.T) {
	cache, store, _ := rememberedStore(t, time.Minute)
	store.during = func() {
		if _, err := store.endAll(cache, store.user); err != nil {
			t.Error(err)
		}
	}
	liveSessions(t, cache, store.user.ID) // has the old row: its request began before the write ended
	if n := liveSessions(t, cache, store.user.ID); n != 0 {
		t.Error("the slow reader put the old row back")
	}
}

// Another request may have answered by the new row.
func TestSnapshot_IsNotUsedWhileAWriteIsInFlight(t *testing.T) {
	cache, store, _ := rememberedStore(t, time.Minute)
	liveSessions(t, cache, store.user.ID)
	store.landed = func() {
		if n := liveSessions(t, cache, store.user.ID); n != 0 {
			t.Error("the snapshot still shows what the row no longer holds")
		}
	}
	if _, err := store.endAll(cache, store.user); err != nil {
		t.Fatal(err)
	}
}

func TestSnapshot_ReadDuringAWriteIsNotKept(t *testing.T) {
	cache, store, _ := rememberedStore(t, time.Minute)
	store.landed = func() {
		before := store.user
		before.Sessions = []models.Session{{ID: uuid.New()}}
		store.user, before = before, store.user // the reader comes a moment before the row changes
		liveSessions(t, cache, store.user.ID)
		store.user = before
	}
	if _, err := store.endAll(cache, store.user); err != nil {
		t.Fatal(err)
	}
	if n := liveSessions(t, cache, store.user.ID); n != 0 {
		t.Error("what was read during the write is still honoured")
	}
	reads := store.reads
	if liveSessions(t, cache, store.user.ID); store.reads != reads {
		t.Error("nothing is remembered after the write either")
	}
}

func TestSnapshot_HoldsNoPasswordHash(t *testing.T) {
	for _, ttl := range []time.Duration{0, time.Minute} {
		cache, store, _ := rememberedStore(t, ttl)
		for range 2 { // cold and warm
			user, _, err := cache.Snapshot(t.Context(), store.user.ID)
			if err != nil || user.PasswordHash != "" || user.FailedLogins != 0 {
				t.Errorf("with a TTL of %s it has %q, %d: %v", ttl, user.PasswordHash, user.FailedLogins, err)
			}
		}
	}
}

func TestSnapshot_IsGoneAfterAWriteThatWasNotSeenToSucceed(t *testing.T) {
	for name, spoil := range map[string]func(cache *snapshots, store *countingStore){
		"it lost":                     func(_ *snapshots, store *countingStore) { store.user.SessionsVersion++ },
		"it failed after it was done": func(_ *snapshots, store *countingStore) { store.fails = context.DeadlineExceeded },
	} {
		t.Run(name, func(t *testing.T) {
			cache, store, _ := rememberedStore(t, time.Minute)
			user, _, err := cache.Snapshot(t.Context(), store.user.ID)
			if err != nil {
				t.Fatal(err)
			}
			spoil(cache, store)
			_, _ = store.endAll(cache, user) // what it answers is decided by spoil
			after, _, err := cache.Snapshot(t.Context(), store.user.ID)
			if err != nil {
				t.Fatal(err)
			}
			if store.reads != 2 || after.SessionsVersion != store.user.SessionsVersion || after.FullName != store.user.FullName {
				t.Errorf("%d reads, snapshot %+v of the row %+v", store.reads, after, store.user)
			}
		})
	}
}

func TestSnapshot_NoMoreThanTenThousandAreKept(t *testing.T) {
	cache, store, _ := rememberedStore(t, time.Hour)
	for range 25_000 {
		store.user.ID = uuid.New()
		if _, _, err := cache.Snapshot(t.Context(), store.user.ID); err != nil {
			t.Fatal(err)
		}
	}
	cache.users.CleanUp()
	if kept := cache.users.EstimatedSize(); kept < 5_000 || kept > 10_000 {
		t.Errorf("%d are kept", kept)
	}
}

func TestSnapshot_IsNotUsedWhileNoNewsArrives(t *testing.T) {
	cache, store, _ := rememberedStore(t, time.Minute)
	heard := true
	cache.outside.Heard = func() bool { return heard }
	liveSessions(t, cache, store.user.ID)
	liveSessions(t, cache, store.user.ID)
	if store.reads != 1 {
		t.Fatalf("%d reads for two checks while news arrives", store.reads)
	}
	heard = false
	store.user.Sessions = nil // by another instance
	if n := liveSessions(t, cache, store.user.ID); n != 0 {
		t.Error("a session that another instance has ended is honoured although no news arrives")
	}
}

func TestSnapshot_NewsAndALostChannelAreStrongerThanASlowRead(t *testing.T) {
	for name, news := range map[string]func(cache *snapshots, id uuid.UUID){
		"of the user":  func(cache *snapshots, id uuid.UUID) { cache.Forget(id) },
		"of everybody": func(cache *snapshots, _ uuid.UUID) { cache.ForgetAll() },
	} {
		t.Run(name, func(t *testing.T) {
			cache, store, _ := rememberedStore(t, time.Minute)
			store.during = func() {
				store.user.Sessions = nil // by another instance, after the row was read
				news(cache, store.user.ID)
			}
			liveSessions(t, cache, store.user.ID)
			if n := liveSessions(t, cache, store.user.ID); n != 0 {
				t.Error("what was read before the news is still honoured")
			}
		})
	}
}

func TestSnapshot_OneQueryForAllWhoAskAtOnce(t *testing.T) {
	cache, store, _ := rememberedStore(t, time.Minute)
	const asking = 50
	var together sync.WaitGroup
	inside, open := make(chan struct{}), make(chan struct{})
	store.during = func() {
		close(inside)
		<-open
	}
	together.Go(func() { liveSessions(t, cache, store.user.ID) })
	<-inside
	var begun atomic.Int64
	for range asking - 1 {
		together.Go(func() {
			begun.Add(1)
			liveSessions(t, cache, store.user.ID)
		})
	}
	for begun.Load() < asking-1 {
		runtime.Gosched()
	}
	close(open)
	together.Wait()
	if store.reads != 1 {
		t.Errorf("%d queries for %d who asked at once", store.reads, asking)
	}
}

func TestApply_PublishesWhatMayHaveBeenMade(t *testing.T) {
	for name, tt := range map[string]struct {
		spoil func(store *countingStore)
		want  int
	}{
		"made":               {func(*countingStore) {}, 1},
		"of unknown outcome": {func(store *countingStore) { store.fails = context.DeadlineExceeded }, 1},
		"lost":               {func(store *countingStore) { store.user.SessionsVersion++ }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			cache, store, _ := rememberedStore(t, time.Minute)
			published := 0
			cache.outside.Changed = func(uuid.UUID) { published++ }
			user := store.user
			tt.spoil(store)
			_, _ = store.endAll(cache, user) // what it answers is decided by spoil
			if published != tt.want {
				t.Errorf("published %d times, want %d", published, tt.want)
			}
		})
	}
}
