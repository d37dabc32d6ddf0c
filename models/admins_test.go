package models_test

import (
	"errors"
	"testing"
	"time"

	"gorm.io/gorm"

	"sallyport/models"
	"sallyport/tests/harness"
)

// duels is how often two admins are taken away at the same time.
const duels = 20

func TestApply_OneOfTheLastTwoAdminsStays(t *testing.T) {
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		store := open(t, driver, dsn)
		together := 0
		for i := range duels {
			if err := store.Write(t.Context(), func(tx *gorm.DB) error { return tx.Exec("DELETE FROM users").Error }); err != nil {
				t.Fatal(err)
			}
			admins := []models.User{createAdmin(t, store, "root"), createAdmin(t, store, "grace")}
			ends := []func(models.User) models.User{
				func(u models.User) models.User { u.Role = models.RoleUser; return u },
				func(u models.User) models.User { at := u.CreatedAt.Add(time.Hour); u.DisabledAt = &at; return u },
				func(models.User) models.User { return models.User{} },
			}
			var began, done [2]time.Time
			var errs [2]error
			harness.Together(harness.Times(2, func(n int) {
				began[n] = time.Now()
				_, errs[n] = apply(t, store, models.Swap{Old: admins[n], Next: ends[(i+n*i)%3](admins[n])})
				done[n] = time.Now()
			})...)
			if began[0].Before(done[1]) && began[1].Before(done[0]) {
				together++
			}
			refused, stays := 0, models.User{}
			for n, err := range errs {
				if errors.Is(err, models.ErrLastAdmin) {
					refused, stays = refused+1, load(t, store, admins[n].ID)
				} else if err != nil {
					t.Fatal(err)
				}
			}
			if refused != 1 || !stays.Administers() {
				t.Fatalf("%d of two were refused: %v", refused, errs)
			}
		}
		t.Logf("in %d of %d duels both were in flight", together, duels)
	})
}

func createAdmin(t *testing.T, store *models.Store, name string) models.User {
	t.Helper()
	user := create(t, store, name)
	next := user
	next.Role = models.RoleAdmin
	if applied, err := apply(t, store, models.Swap{Old: user, Next: next}); !applied || err != nil {
		t.Fatal(applied, err)
	}
	return load(t, store, user.ID)
}

// A change that depends on a row fails where that row has changed, whatever changed
// in it.
func TestApply_FailsWhereARowItDependsOnHasChanged(t *testing.T) {
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		store := open(t, driver, dsn)
		root, ada := createAdmin(t, store, "root"), create(t, store, "ada")
		createAdmin(t, store, "grace")
		change := func(by models.User) (bool, error) {
			ada := load(t, store, ada.ID)
			next := ada
			next.FullName += "!"
			return store.Apply(t.Context(), models.Change{Swaps: []models.Swap{{Old: ada, Next: next}}, Unchanged: []models.User{by}})
		}
		if applied, err := change(root); !applied || err != nil {
			t.Errorf("unchanged: %v, %v", applied, err)
		}
		for _, tt := range []struct{ why, statement string }{
			{"changed", "UPDATE users SET sessions_version = sessions_version + 1 WHERE username = 'root'"},
			{"disabled", "UPDATE users SET disabled_at = created_at WHERE username = 'root'"},
			{"gone", "DELETE FROM users WHERE username = 'root'"},
		} {
			root := load(t, store, root.ID)
			if err := store.Write(t.Context(), func(tx *gorm.DB) error { return tx.Exec(tt.statement).Error }); err != nil {
				t.Fatal(err)
			}
			if applied, err := change(root); applied || err != nil {
				t.Errorf("%s: %v, %v", tt.why, applied, err)
			}
		}
	})
}
