package models_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"gorm.io/gorm"

	"sallyport/internal/mail"
	"sallyport/models"
	"sallyport/tests/harness"
)

var written = time.Date(2026, 11, 29, 1, 15, 0, 123_456_000, time.UTC)

func waiting(to string) mail.Message {
	return mail.Message{
		ID: uuid.Must(uuid.NewV7()), Kind: mail.NewDevice, To: to, Locale: "de",
		CreatedAt: written, At: written.Add(-time.Second), Device: "Firefox on Linux", IP: "2001:db8::7",
	}
}

func enqueue(t *testing.T, store *models.Store, messages ...mail.Message) {
	t.Helper()
	if err := store.Write(t.Context(), func(tx *gorm.DB) error { return models.QueueMail(tx, messages...) }); err != nil {
		t.Fatal(err)
	}
}

// lease leases up to n messages at this time after they were written, for a minute.
func lease(t *testing.T, store *models.Store, after time.Duration, n int) []mail.Message {
	t.Helper()
	now := written.Add(after)
	leased, err := store.LeaseMail(t.Context(), now, now.Add(time.Minute), n)
	if err != nil {
		t.Fatal(err)
	}
	return leased
}

func wantLeased(t *testing.T, leased []mail.Message, want ...mail.Message) {
	t.Helper()
	ids := func(all []mail.Message) (ids []string) {
		for _, m := range all {
			ids = append(ids, m.ID.String())
		}
		return ids
	}
	if diff := cmp.Diff(ids(want), ids(leased)); diff != "" {
		t.Errorf("leased:\n%s", diff)
	}
}

func TestLeaseMail_ReturnsWhatWasWritten(t *testing.T) {
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		store := open(t, driver, dsn)
		user := create(t, store, "ada")
		ofUser, ofNobody := waiting("ada@example.com"), waiting("bob@example.com")
		ofUser.UserID = user.ID
		enqueue(t, store, ofUser, ofNobody)
		leased := lease(t, store, 0, 10)
		ofUser.LeaseEnd, ofNobody.LeaseEnd = written.Add(time.Minute), written.Add(time.Minute)
		if diff := cmp.Diff([]mail.Message{ofUser, ofNobody}, leased); diff != "" {
			t.Error(diff)
		}
	})
}

func TestLeaseMail_OldestFirstAndNoMoreThanAsked(t *testing.T) {
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		store := open(t, driver, dsn)
		var all []mail.Message
		for i := range 5 {
			m := waiting("ada@example.com")
			m.CreatedAt = written.Add(-time.Duration(i) * 100 * time.Millisecond) // fractions of a second too
			all = append(all, m)
		}
		enqueue(t, store, all...)
		slices.Reverse(all)
		wantLeased(t, lease(t, store, 0, 2), all[:2]...)
		wantLeased(t, lease(t, store, 0, 10), all[2:]...)
		wantLeased(t, lease(t, store, 0, 10))
	})
}

func TestLeaseMail_IsKeptFromOthersUntilItEnds(t *testing.T) {
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		store := open(t, driver, dsn)
		m := waiting("ada@example.com")
		enqueue(t, store, m)
		wantLeased(t, lease(t, store, -time.Microsecond, 1)) // not due yet
		first := lease(t, store, 0, 1)
		wantLeased(t, first, m)
		wantLeased(t, lease(t, store, time.Minute-time.Microsecond, 1))
		second := lease(t, store, time.Minute, 1) // whoever had it is gone
		wantLeased(t, second, m)
		if second[0].Attempts != 0 || !second[0].LeaseEnd.After(first[0].LeaseEnd) {
			t.Errorf("%+v", second[0])
		}
	})
}

func TestRetryMail_IsDueLaterAndCounted(t *testing.T) {
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		store := open(t, driver, dsn)
		m := waiting("ada@example.com")
		enqueue(t, store, m)
		for attempt := range 3 {
			after := time.Duration(attempt) * 10 * time.Second // before the lease would end
			leased := lease(t, store, after, 1)
			wantLeased(t, leased, m)
			if leased[0].Attempts != attempt {
				t.Errorf("%d attempts, want %d", leased[0].Attempts, attempt)
			}
			if err := store.RetryMail(t.Context(), leased[0], written.Add(after+10*time.Second)); err != nil {
				t.Fatal(err)
			}
			wantLeased(t, lease(t, store, after+10*time.Second-time.Microsecond, 1))
		}
	})
}

func TestRemoveMail_IsLeasedNeverAgain(t *testing.T) {
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		store := open(t, driver, dsn)
		gone, stays := waiting("ada@example.com"), waiting("bob@example.com")
		enqueue(t, store, gone, stays)
		for _, m := range lease(t, store, 0, 2) {
			if m.ID == gone.ID {
				if err := store.RemoveMail(t.Context(), m); err != nil {
					t.Fatal(err)
				}
			}
		}
		wantLeased(t, lease(t, store, time.Hour, 10), stays)
	})
}

func TestLostLease_ChangesNothing(t *testing.T) {
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		store := open(t, driver, dsn)
		m := waiting("ada@example.com")
		enqueue(t, store, m)
		lost := lease(t, store, 0, 1)[0]
		held := lease(t, store, time.Minute, 1)[0]
		if err := store.RemoveMail(t.Context(), lost); err != nil {
			t.Error(err)
		}
		if err := store.RetryMail(t.Context(), lost, written); err != nil {
			t.Error(err)
		}
		wantLeased(t, lease(t, store, time.Minute, 1)) // it is neither due again
		if err := store.RetryMail(t.Context(), held, written); err != nil {
			t.Error(err)
		}
		after := lease(t, store, 2*time.Minute, 1) // nor gone
		wantLeased(t, after, m)
		if after[0].Attempts != 1 {
			t.Errorf("%d attempts counted", after[0].Attempts)
		}
	})
}

func TestDeletedWhileLeased_IsNoErrorAndStaysDeleted(t *testing.T) {
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		store := open(t, driver, dsn)
		user := create(t, store, "ada")
		m := waiting("ada@example.com")
		m.UserID = user.ID
		enqueue(t, store, m)
		leased := lease(t, store, 0, 1)[0]
		if err := store.Write(t.Context(), func(tx *gorm.DB) error { return tx.Delete(&models.User{}, "id = ?", user.ID).Error }); err != nil {
			t.Fatal(err)
		}
		if err := store.RetryMail(t.Context(), leased, written); err != nil {
			t.Error(err)
		}
		if err := store.RemoveMail(t.Context(), leased); err != nil {
			t.Error(err)
		}
		wantLeased(t, lease(t, store, time.Hour, 10)) // with its account
	})
}

func TestQueueMail_IsPartOfItsChange(t *testing.T) {
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		store := open(t, driver, dsn)
		err := store.Write(t.Context(), func(tx *gorm.DB) error {
			if err := models.QueueMail(tx, waiting("ada@example.com")); err != nil {
				return err
			}
			return models.ErrDuplicate
		})
		if err == nil {
			t.Fatal("the change was made")
		}
		wantLeased(t, lease(t, store, time.Hour, 10))
	})
}

// Two stores are two instances of the program on one database.
func TestLeaseMail_OfTwoInstancesAtOnceLeasesEachMessageOnce(t *testing.T) {
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		stores := []*models.Store{open(t, driver, dsn), open(t, driver, dsn)}
		const perRound, mostRounds = 20, 50
		times, by, rounds := make(map[uuid.UUID]int), [2]int{}, 0
		for ; rounds < mostRounds && (rounds < 3 || by[0] == 0 || by[1] == 0); rounds++ {
			for range perRound {
				enqueue(t, stores[0], waiting("ada@example.com"))
			}
			var mu sync.Mutex
			harness.Together(harness.Times(8, func(i int) {
				for _, m := range leaseAll(t, stores[i%2]) {
					mu.Lock()
					times[m.ID]++
					by[i%2]++
					mu.Unlock()
				}
			})...)
		}
		for id, n := range times {
			if n != 1 {
				t.Errorf("%s was leased %d times", id, n)
			}
		}
		if len(times) != rounds*perRound {
			t.Errorf("%d of %d were leased", len(times), rounds*perRound)
		}
		if by[0] == 0 || by[1] == 0 {
			t.Errorf("they took %v: no race", by)
		}
	})
}

// leaseAll leases one message after another until none is due.
func leaseAll(t *testing.T, store *models.Store) (all []mail.Message) {
	for {
		leased, err := store.LeaseMail(t.Context(), written, written.Add(time.Minute), 1)
		if err != nil || len(leased) > 1 {
			t.Error(len(leased), err)
		}
		if len(leased) == 0 {
			return all
		}
		all = append(all, leased...)
	}
}
