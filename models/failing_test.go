package models_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"sallyport/models"
)

// TestStore_AFailedWriteFailsAlone mixes writes that cannot succeed into many
// that can, all at once: whether they share a commit is no caller's business.
func TestStore_AFailedWriteFailsAlone(t *testing.T) {
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		store := open(t, driver, dsn)
		taken := create(t, store, "ada")
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		begin := make(chan struct{})
		var group sync.WaitGroup
		for i := range 20 {
			good := create(t, store, fmt.Sprintf("user%d", i))
			for _, write := range []func() error{
				func() error { return wantSwapped(t.Context(), store, good, true) },
				func() error {
					stale := models.User{ID: taken.ID, SessionsVersion: 99}
					return wantSwapped(t.Context(), store, stale, false)
				},
				func() error {
					duplicate := models.User{ID: uuid.New(), Username: taken.Username, Email: fmt.Sprint(i), Role: models.RoleUser}
					return wantError(store.CreateUser(t.Context(), &duplicate), models.ErrDuplicate)
				},
				func() error {
					_, err := store.ReplaceSessions(gone, good, nil)
					return wantError(err, context.Canceled)
				},
				func() error {
					fresh := models.User{ID: uuid.New(), Username: fmt.Sprint("fresh", i), Email: fmt.Sprint("fresh", i), Role: models.RoleUser}
					return store.CreateUser(t.Context(), &fresh)
				},
				func() error {
					refused := models.User{ID: uuid.New(), Username: fmt.Sprint("god", i), Email: fmt.Sprint("god", i), Role: "god"}
					if err := store.CreateUser(t.Context(), &refused); err == nil || strings.Contains(err.Error(), "transaction") {
						return fmt.Errorf("a role that no constraint allows: %v", err)
					}
					return nil
				},
			} {
				group.Go(func() {
					<-begin
					if err := write(); err != nil {
						t.Error(err)
					}
				})
			}
		}
		close(begin)
		group.Wait()
		if after := load(t, store, taken.ID); after.SessionsVersion != taken.SessionsVersion {
			t.Errorf("a stale write was made: %+v", after)
		}
	})
}

func wantSwapped(ctx context.Context, store *models.Store, user models.User, want bool) error {
	swapped, err := store.ReplaceSessions(ctx, user, []models.Session{{ID: uuid.New()}})
	if err != nil || swapped != want {
		return fmt.Errorf("swapped %v, want %v: %v", swapped, want, err)
	}
	after, _, err := store.UserByID(ctx, user.ID)
	if want && (err != nil || len(after.Sessions) != 1 || after.SessionsVersion != user.SessionsVersion+1) {
		return fmt.Errorf("the write said yes and the row says %+v, %v", after, err)
	}
	return nil
}

func wantError(err, want error) error {
	if !errors.Is(err, want) {
		return fmt.Errorf("%v, want %v", err, want)
	}
	return nil
}
