package models_test

import (
	"errors"
	"sync"
	"testing"

	"gorm.io/gorm"

	"sallyport/tests/harness"
)

// The transactions of the store are serializable, as those of CockroachDB are.
func TestConflicts_AChangeThatWasRolledBackIsMadeAgainAsAWhole(t *testing.T) {
	url := harness.PostgresURL(t)
	store, other := openWith(t, url+"?default_transaction_isolation=serializable"), openWith(t, url)
	change := func(conflicts int) (runs int, err error) {
		err = store.Write(t.Context(), func(tx *gorm.DB) error {
			runs++
			var n int
			if err := tx.Raw("SELECT failed_logins FROM unknown_logins WHERE id = 1").Scan(&n).Error; err != nil {
				return err
			}
			if runs <= conflicts { // somebody else is faster
				if err := other.Write(t.Context(), func(tx *gorm.DB) error { return tx.Exec(count, 1).Error }); err != nil {
					t.Error(err)
				}
			}
			return tx.Exec("UPDATE unknown_logins SET failed_logins = ? WHERE id = 1", n+100).Error
		})
		return runs, err
	}
	if runs, err := change(1); err != nil || runs != 2 || counted(t, store, 1) != 101 {
		t.Errorf("one conflict: %d runs, %v, %d", runs, err, counted(t, store, 1))
	}
	if runs, err := change(1000); !unavailable(err) || runs != 5 {
		t.Errorf("nothing but conflicts: %d runs, %v", runs, err)
	}
}

// A refresh is one statement. One that waits for another's lock is rolled back when
// that commits; made again, it finds that the row has changed.
func TestConflicts_ARefreshThatWasRolledBackDecidesAgain(t *testing.T) {
	url := harness.PostgresURL(t)
	store, other := openWith(t, url+"?default_transaction_isolation=serializable"), openWith(t, url)
	user := create(t, store, "ada")
	var applied bool
	var failure error
	var group sync.WaitGroup
	err := other.Write(t.Context(), func(tx *gorm.DB) error {
		if err := tx.Exec("UPDATE users SET sessions_version = sessions_version + 1 WHERE id = ?", user.ID).Error; err != nil {
			return err
		}
		group.Go(func() { applied, failure = apply(t, store, sessions(user)) })
		awaitLock(t, tx)
		return nil
	})
	group.Wait()
	if applied || failure != nil || err != nil {
		t.Errorf("%v, %v, %v", applied, failure, err)
	}
}

// awaitLock returns when somebody waits for a lock in the database.
func awaitLock(t *testing.T, tx *gorm.DB) {
	t.Helper()
	harness.Await(t, func() error {
		var waiting int
		err := tx.Raw("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(&waiting).Error
		if err == nil && waiting == 0 {
			err = errors.New("nobody waits for a lock")
		}
		return err
	})
}

func TestConflicts_ADeadlockCostsNobodyTheChange(t *testing.T) {
	store := openWith(t, harness.PostgresURL(t)+"?deadlock_timeout=10")
	var first, group sync.WaitGroup
	first.Add(2)
	var mu sync.Mutex
	runs := 0
	for _, ids := range [][]int{{1, 2}, {2, 1}} {
		group.Go(func() {
			once := sync.OnceFunc(first.Done)
			err := store.Write(t.Context(), func(tx *gorm.DB) error {
				mu.Lock()
				runs++
				mu.Unlock()
				if err := tx.Exec(count, ids[0]).Error; err != nil {
					return err
				}
				once()
				first.Wait()
				return tx.Exec(count, ids[1]).Error
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if runs < 3 || counted(t, store, 1) != 2 || counted(t, store, 2) != 2 {
		t.Errorf("%d runs: there was no deadlock, or a change is missing", runs)
	}
}
