package models_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"sallyport/models"
	"sallyport/tests/harness"
)

const lockAt = 100

// lockedRow is what is written when the password of the user is locked.
func lockedRow(id uuid.UUID) models.Activity {
	return models.Activity{ID: uuid.New(), UserID: id, Event: "password_locked"}
}

func TestCountFailedLogin_CountsEachOfManyAtOnce(t *testing.T) {
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		store := open(t, driver, dsn)
		ada, eve := create(t, store, "ada"), create(t, store, "eve")
		seen := make([]bool, 51)
		var mu sync.Mutex
		var group sync.WaitGroup
		for range 50 {
			group.Go(func() {
				failed, err := store.CountFailedLogin(t.Context(), ada.ID, lockAt, lockedRow(ada.ID))
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
			if _, err := store.CountFailedLogin(t.Context(), ada.ID, 3, lockedRow(ada.ID)); err != nil {
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
		if failed, err := store.CountFailedLogin(t.Context(), uuid.New(), lockAt, lockedRow(uuid.New())); failed != 0 || err != nil {
			t.Errorf("%d, %v", failed, err)
		}
		if err := store.CountUnknownLogin(t.Context(), "nobody"); err != nil {
			t.Error(err)
		}
	})
}

// Each would wait for the row that another one has written and not committed, if
// there were one row for all.
func TestCountUnknownLogin_OneNameDoesNotWaitForAnother(t *testing.T) {
	store := open(t, models.Postgres, harness.PostgresURL(t))
	const names = 20
	var counted atomic.Int32
	var group sync.WaitGroup
	err := store.Write(t.Context(), func(tx *gorm.DB) error {
		if err := tx.Exec("UPDATE unknown_logins SET failed_logins = failed_logins + 1 WHERE id = 1").Error; err != nil {
			return err
		}
		for i := range names {
			group.Go(func() {
				if err := store.CountUnknownLogin(t.Context(), fmt.Sprintf("nobody%d", i)); err != nil {
					t.Error(err)
				}
				counted.Add(1)
			})
		}
		harness.Await(t, func() error {
			if n := counted.Load(); n < names/2 {
				return fmt.Errorf("%d of %d did not wait", n, names)
			}
			return nil
		})
		return nil
	})
	group.Wait()
	if err != nil {
		t.Error(err)
	}
}

// A name nobody has waits for itself, as that of a user does.
func TestCountUnknownLogin_OneNameHasOneRow(t *testing.T) {
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		store := open(t, driver, dsn)
		for range 5 {
			if err := store.CountUnknownLogin(t.Context(), "nobody"); err != nil {
				t.Fatal(err)
			}
		}
		var written []int
		err := store.Read(t.Context(), func(db *gorm.DB) error {
			return db.Raw("SELECT failed_logins FROM unknown_logins WHERE failed_logins > 0").Scan(&written).Error
		})
		if err != nil || len(written) != 1 || written[0] != 5 {
			t.Errorf("written %v: %v", written, err)
		}
	})
}

func TestCountUnknownLogin_WritesLikeAKnownOne(t *testing.T) {
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		store := open(t, driver, dsn)
		for range 3 {
			if err := store.CountUnknownLogin(t.Context(), "nobody"); err != nil {
				t.Fatal(err)
			}
		}
		var written int
		err := store.Read(t.Context(), func(db *gorm.DB) error {
			return db.Raw("SELECT sum(failed_logins) FROM unknown_logins").Scan(&written).Error
		})
		if err != nil || written != 3 {
			t.Errorf("%d written, want 3: %v", written, err)
		}
	})
}
