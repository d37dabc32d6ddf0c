package models_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"sallyport/internal/apperror"
	"sallyport/models"
	"sallyport/tests/harness"
)

const pooled = 8 // connections of the stores here

// address is the host and port of a URL.
func address(url string) string {
	_, rest, _ := strings.Cut(url, "@")
	host, _, _ := strings.Cut(rest, "/")
	return host
}

// behindProxy opens a store on a database of the server that the URL names, with a
// proxy between.
func behindProxy(t *testing.T, url string) (*models.Store, *harness.Proxy) {
	t.Helper()
	proxy := harness.NewProxy(t, address(url))
	return openWith(t, proxy.Through(url)), proxy
}

func openWith(t *testing.T, url string) *models.Store {
	t.Helper()
	store, err := models.Open(t.Context(), models.Options{Driver: models.Postgres, DSN: url, MaxConns: pooled}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	if _, err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return store
}

// everyConnection makes the calls at the same time, each on a connection of its own,
// and returns their errors.
func everyConnection(t *testing.T, store *models.Store, statement string) error {
	t.Helper()
	var inside, group sync.WaitGroup
	inside.Add(pooled)
	failures := make([]error, pooled)
	for i := range failures {
		group.Go(func() {
			begun := sync.OnceFunc(inside.Done)
			defer begun() // where it got no connection
			failures[i] = store.Write(t.Context(), func(tx *gorm.DB) error {
				begun()
				inside.Wait()
				return tx.Exec(statement, i+1).Error
			})
		})
	}
	group.Wait()
	return errors.Join(failures...)
}

const count = "UPDATE unknown_logins SET failed_logins = failed_logins + 1 WHERE id = ?"

// unavailable reports whether the error says: later.
func unavailable(err error) bool { return apperror.CodeOf(err) == apperror.CodeUnavailable }

func TestFailover_ConnectionsThatWereCutCostNoChange(t *testing.T) {
	url := harness.PostgresURL(t)
	store, proxy := behindProxy(t, url)
	for _, tt := range []struct {
		why string
		end func()
	}{
		{"a reset", proxy.Cut},
		{"ended by the server, which says so", func() {
			run(t, url, "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
		}},
	} {
		if err := everyConnection(t, store, count); err != nil {
			t.Fatal(err)
		}
		tt.end()
		if err := everyConnection(t, store, count); err != nil {
			t.Errorf("%s: %v", tt.why, err)
		}
	}
	if opened := proxy.Opened(); opened < 3*pooled {
		t.Errorf("%d connections were opened: they were not cut", opened)
	}
}

// The connections are idle for longer than they are trusted without a question.
func TestFailover_ConnectionsThatAFirewallForgotCostNoRequest(t *testing.T) {
	store, proxy := behindProxy(t, harness.PostgresURL(t))
	user := create(t, store, "ada")
	if err := everyConnection(t, store, count); err != nil {
		t.Fatal(err)
	}
	proxy.Forget()
	idle := time.Now()
	harness.Await(t, func() error {
		if time.Since(idle) < 1100*time.Millisecond {
			return errors.New("not idle for long enough")
		}
		return nil
	})
	if err := everyConnection(t, store, count); err != nil {
		t.Error(err)
	}
	if _, found, err := store.UserByID(t.Context(), user.ID); err != nil || !found {
		t.Error(found, err)
	}
}

func TestFailover_ReadsGoOnWhenTheirConnectionIsLost(t *testing.T) {
	store, proxy := behindProxy(t, harness.PostgresURL(t))
	create(t, store, "ada")
	runs := 0
	err := store.Read(t.Context(), func(db *gorm.DB) error {
		if runs++; runs == 1 {
			proxy.Cut()
		}
		return db.Select("id").Find(&[]models.User{}).Error
	})
	if err != nil || runs != 2 {
		t.Errorf("%d runs, %v", runs, err)
	}
}

func TestFailover_AChangeWhoseConnectionIsLostIsNotRepeated(t *testing.T) {
	store, proxy := behindProxy(t, harness.PostgresURL(t))
	runs := 0
	err := store.Write(t.Context(), func(tx *gorm.DB) error {
		if runs++; runs == 1 {
			proxy.Cut()
		}
		return tx.Exec(count, 1).Error
	})
	if !unavailable(err) || runs != 1 {
		t.Errorf("%d runs, %v", runs, err)
	}
}

// counted is how often row id was counted, as the server itself has it.
func counted(t *testing.T, store *models.Store, id int) (n int) {
	t.Helper()
	err := store.Read(t.Context(), func(db *gorm.DB) error {
		return db.Raw("SELECT failed_logins FROM unknown_logins WHERE id = ?", id).Scan(&n).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// The server commits, and its answer never comes: the caller learns that it has to
// read, and the change is made once.
func TestFailover_ALostAnswerToACommitIsUnknownAndNotRepeated(t *testing.T) {
	url := harness.PostgresURL(t)
	store, proxy := behindProxy(t, url)
	direct := openWith(t, url)
	ended := make(chan error)
	runs := 0
	go func() {
		ended <- store.Write(context.WithoutCancel(t.Context()), func(tx *gorm.DB) error {
			runs++
			err := tx.Exec(count, 1).Error
			proxy.DropAnswers()
			return err
		})
	}()
	harness.Await(t, func() error {
		if n := counted(t, direct, 1); n != 1 {
			return fmt.Errorf("%d changes are committed", n)
		}
		return nil
	})
	proxy.Cut()
	proxy.Pass()
	if err := <-ended; !unavailable(err) || runs != 1 {
		t.Errorf("%d runs, %v", runs, err)
	}
	if n := counted(t, store, 1); n != 1 {
		t.Errorf("the change was made %d times", n)
	}
}

// The statement of a refresh is its own commit.
func TestFailover_ALostAnswerToARefreshIsUnknownAndNotRepeated(t *testing.T) {
	url := harness.PostgresURL(t)
	store, proxy := behindProxy(t, url)
	direct := openWith(t, url)
	user := create(t, store, "ada")
	if applied, err := apply(t, store, sessions(user)); !applied { // the statement is prepared
		t.Fatal(err)
	}
	user = load(t, store, user.ID)
	proxy.DropAnswers()
	ended := make(chan error)
	go func() {
		applied, err := apply(t, store, sessions(user, models.Session{ID: uuid.New()}))
		if applied {
			err = errors.New("applied, it says")
		}
		ended <- err
	}()
	harness.Await(t, func() error {
		if v := load(t, direct, user.ID).SessionsVersion; v != user.SessionsVersion+1 {
			return fmt.Errorf("it has version %d", v)
		}
		return nil
	})
	proxy.Cut()
	proxy.Pass()
	if err := <-ended; !unavailable(err) {
		t.Error(err)
	}
	if v := load(t, store, user.ID).SessionsVersion; v != user.SessionsVersion+1 {
		t.Errorf("version %d", v)
	}
}

func TestFailover_AServerThatOnlyReadsIsLeftForTheNewPrimary(t *testing.T) {
	old, oldURL := harness.PostgresServer(t)
	_, newURL := harness.PostgresServer(t)
	store, proxy := behindProxy(t, oldURL)
	direct := openWith(t, newURL)
	if err := everyConnection(t, store, count); err != nil {
		t.Fatal(err)
	}
	run(t, oldURL, "ALTER SYSTEM SET default_transaction_read_only = on")
	run(t, oldURL, "SELECT pg_reload_conf()")
	harness.Await(t, func() error { // each connection reads the file when it is used
		if err := everyConnection(t, store, count); !unavailable(err) {
			return fmt.Errorf("the old server still writes: %w", err)
		}
		return nil
	})
	proxy.Retarget(address(newURL))
	harness.Await(t, func() error { return everyConnection(t, store, count) })
	if n := counted(t, direct, 1); n == 0 {
		t.Error("the new primary got nothing")
	}
	both := strings.Replace(oldURL, address(oldURL), address(oldURL)+","+address(newURL), 1)
	if err := everyConnection(t, openWith(t, both), count); err != nil {
		t.Errorf("of two hosts: %v", err)
	}
	old.Halt()
	if err := everyConnection(t, openWith(t, both), count); err != nil {
		t.Errorf("of two hosts, the first of which is gone: %v", err)
	}
}

func TestFailover_AStatementTimeoutIsUnavailable(t *testing.T) {
	url := harness.PostgresURL(t)
	other := openWith(t, url)
	store := openWith(t, url+"?statement_timeout=200&lock_timeout=20")
	slow := func(tx *gorm.DB) error { var s string; return tx.Raw("SELECT pg_sleep(60)").Scan(&s).Error }
	if err := store.Read(t.Context(), slow); !unavailable(err) {
		t.Errorf("a read: %v", err)
	}
	if err := store.Write(t.Context(), slow); !unavailable(err) {
		t.Errorf("a change: %v", err)
	}
	err := other.Write(t.Context(), func(tx *gorm.DB) error {
		if err := tx.Exec(count, 1).Error; err != nil {
			return err
		}
		locked := func(tx *gorm.DB) error { return tx.Exec(count, 1).Error }
		if err := store.Write(t.Context(), locked); !unavailable(err) {
			t.Errorf("a lock that is not had: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
