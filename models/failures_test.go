package models_test

import (
	"sync"
	"testing"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"sallyport/models"
)

const lockAt = 100

func TestCountFailedLogin_CountsEachOfManyAtOnce(t *testing.T) {
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		store := open(t, driver, dsn)
		ada, eve := create(t, store, "ada"), create(t, store, "eve")
		seen := make([]bool, 51)
		var mu sync.Mutex
		var group sync.WaitGroup
		for range 50 {
			group.Go(func() {
				failed, err := store.CountFailedLogin(t.Context(), ada.ID, lockAt)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				if seen[failed] {
					t.Errorf("%d was returned twice", failed)
				}
				seen[failed] = true
			})
		}
		group.Wait()
		if n := load(t, store, ada.ID).FailedLogins; n != 50 {
			t.Errorf("%d counted, want 50", n)
		}
		if n := load(t, store, eve.ID).FailedLogins; n != 0 {
			t.Errorf("%d counted for somebody else", n)
		}
	})
}

func TestCountFailedLogin_OnlyTheOneThatLocksMovesTheVersion(t *testing.T) {
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		store := open(t, driver, dsn)
		ada := create(t, store, "ada")
		for i := 1; i <= 5; i++ {
			if _, err := store.CountFailedLogin(t.Context(), ada.ID, 3); err != nil {
				t.Fatal(err)
			}
			want := ada.SessionsVersion
			if i >= 3 {
				want++
			}
			if got := load(t, store, ada.ID).SessionsVersion; got != want {
				t.Errorf("after %d the version is %d, want %d", i, got, want)
			}
		}
	})
}

func TestCountFailedLogin_OfNobodyIsNoError(t *testing.T) {
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		store := open(t, driver, dsn)
		if failed, err := store.CountFailedLogin(t.Context(), uuid.New(), lockAt); failed != 0 || err != nil {
			t.Errorf("%d, %v", failed, err)
		}
		if err := store.CountUnknownLogin(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestUnlockPassword_StartsTheCountAgain(t *testing.T) {
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		store := open(t, driver, dsn)
		ada := create(t, store, "ada")
		for range 3 {
			if _, err := store.CountFailedLogin(t.Context(), ada.ID, 3); err != nil {
				t.Fatal(err)
			}
		}
		if err := store.UnlockPassword(t.Context(), ada.ID); err != nil {
			t.Fatal(err)
		}
		if n := load(t, store, ada.ID).FailedLogins; n != 0 {
			t.Errorf("%d after unlocking", n)
		}
	})
}

func TestCountUnknownLogin_WritesLikeAKnownOne(t *testing.T) {
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		store := open(t, driver, dsn)
		for range 3 {
			if err := store.CountUnknownLogin(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		var written int
		err := store.Read(t.Context(), func(db *gorm.DB) error {
			return db.Raw("SELECT failed_logins FROM unknown_logins").Scan(&written).Error
		})
		if err != nil || written != 3 {
			t.Errorf("%d written, want 3: %v", written, err)
		}
	})
}
