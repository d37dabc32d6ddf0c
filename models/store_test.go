package models_test

import (
	"database/sql"
	"errors"
	"io"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/schema"

	"sallyport/models"
	"sallyport/tests/harness"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func open(t *testing.T, driver models.Driver, dsn string) *models.Store {
	t.Helper()
	store, err := models.Open(t.Context(), models.Options{Driver: driver, DSN: dsn}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	if _, err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return store
}

func onEach(t *testing.T, test func(t *testing.T, driver models.Driver, dsn string)) {
	t.Run("sqlite", func(t *testing.T) { test(t, models.SQLite, filepath.Join(t.TempDir(), "test.db")) })
	t.Run("postgres", func(t *testing.T) { test(t, models.Postgres, harness.PostgresURL(t)) })
}

func create(t *testing.T, store *models.Store, name string) models.User {
	t.Helper()
	user := models.User{
		ID: uuid.New(), Username: name, Email: name + "@example.com", FullName: name,
		PasswordHash: "hash", Role: models.RoleUser, Sessions: []models.Session{},
	}
	if err := insert(t, store, user); err != nil {
		t.Fatal(err)
	}
	return load(t, store, user.ID)
}

func insert(t *testing.T, store *models.Store, user models.User) error {
	t.Helper()
	inserted, err := apply(t, store, models.Swap{Next: user})
	if inserted != (err == nil) {
		t.Errorf("inserted %v, and %v", inserted, err)
	}
	return err
}

// sessions is the swap that gives the user these sessions.
func sessions(user models.User, next ...models.Session) models.Swap {
	changed := user
	changed.Sessions = next
	return models.Swap{Old: user, Next: changed}
}

func apply(t *testing.T, store *models.Store, swaps ...models.Swap) (applied bool, err error) {
	t.Helper()
	return store.Apply(t.Context(), models.Change{Swaps: swaps})
}

func load(t *testing.T, store *models.Store, id uuid.UUID) models.User {
	t.Helper()
	user, found, err := store.UserByID(t.Context(), id)
	if err != nil || !found {
		t.Fatal(found, err)
	}
	return user
}

func TestSwap_OneOfManyWritersWins(t *testing.T) {
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		store := open(t, driver, dsn)
		user := create(t, store, "ada")
		var wins atomic.Int32
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				swapped, err := apply(t, store, sessions(user, models.Session{ID: uuid.New()}))
				if err != nil {
					t.Error(err)
				}
				if swapped {
					wins.Add(1)
				}
			})
		}
		group.Wait()
		after := load(t, store, user.ID)
		if wins.Load() != 1 || after.SessionsVersion != user.SessionsVersion+1 || len(after.Sessions) != 1 {
			t.Errorf("%d won, version %d, %d sessions", wins.Load(), after.SessionsVersion, len(after.Sessions))
		}
		if swapped, err := apply(t, store, sessions(after)); !swapped || err != nil {
			t.Errorf("with the new version: %v, %v", swapped, err)
		}
		if n := len(load(t, store, user.ID).Sessions); n != 0 {
			t.Errorf("%d sessions are left", n)
		}
	})
}

func TestSwap_WritesWhatDiffersAndNothingElse(t *testing.T) {
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		store := open(t, driver, dsn)
		eve := create(t, store, "eve")
		for _, tt := range []struct {
			why    string
			change func(*models.User)
		}{
			{"sessions", func(u *models.User) { u.Sessions = models.Sessions{{ID: uuid.New()}} }},
			{"password", func(u *models.User) { u.PasswordHash, u.UpdatedAt = "next", u.UpdatedAt.Add(time.Hour) }},
			{"count of failed logins", func(u *models.User) { u.FailedLogins = 0 }},
			{"username", func(u *models.User) { u.Username = "other" }},
			{"email", func(u *models.User) { u.Email = "other@example.com" }},
			{"verified", func(u *models.User) { u.EmailVerifiedAt = &u.CreatedAt }},
			{"profile", func(u *models.User) { u.FullName, u.Locale = "Other", "de" }},
			{"role", func(u *models.User) { u.Role = models.RoleAdmin }},
			{"disabled", func(u *models.User) { u.DisabledAt = &u.CreatedAt }},
			{"pictures", func(u *models.User) { u.AvatarURL, u.CoverImageURL = "a.jpg", "b.jpg" }},
		} {
			name := strings.Fields(tt.why)[0]
			user := create(t, store, name)
			if _, err := store.CountFailedLogin(t.Context(), user.ID, lockAt, lockedRow(user.ID)); err != nil {
				t.Fatal(err)
			}
			user = load(t, store, user.ID)
			want := user
			tt.change(&want)
			attempted := want
			attempted.CreatedAt = attempted.CreatedAt.Add(time.Hour)
			if swapped, err := apply(t, store, models.Swap{Old: user, Next: attempted}); !swapped || err != nil {
				t.Errorf("%s: %v, %v", tt.why, swapped, err)
			}
			want.SessionsVersion++
			if diff := cmp.Diff(want, load(t, store, user.ID)); diff != "" {
				t.Errorf("%s: %s", tt.why, diff)
			}
		}
		if diff := cmp.Diff(eve, load(t, store, eve.ID)); diff != "" {
			t.Errorf("somebody else: %s", diff)
		}
		if swapped, err := apply(t, store, sessions(models.User{ID: uuid.New()})); swapped || err != nil {
			t.Errorf("unknown user: %v, %v", swapped, err)
		}
	})
}

func TestSwap_AllOrNone(t *testing.T) {
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		store := open(t, driver, dsn)
		ada, eve := create(t, store, "ada"), create(t, store, "eve")
		stale := eve
		stale.SessionsVersion = 99
		grace := models.User{ID: uuid.New(), Username: "grace", Email: "grace@example.com", Role: models.RoleUser}
		taken := grace
		taken.Username = "ada"
		session := models.Session{ID: uuid.New()}
		for _, tt := range []struct {
			why   string
			swaps []models.Swap
			err   error
			want  bool
		}{
			{"one row has changed", []models.Swap{sessions(ada, session), sessions(stale, session), {Next: grace}}, nil, false},
			{"a name is taken", []models.Swap{sessions(ada, session), {Next: taken}}, models.ErrDuplicate, false},
			{"all fit", []models.Swap{sessions(ada, session), sessions(eve, session), {Next: grace}}, nil, true},
		} {
			swapped, err := apply(t, store, tt.swaps...)
			if swapped != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("%s: %v, %v", tt.why, swapped, err)
			}
			_, created, _ := store.UserByID(t.Context(), grace.ID)
			if wrote := len(load(t, store, ada.ID).Sessions) == 1; wrote != tt.want || created != tt.want {
				t.Errorf("%s: wrote %v, created %v", tt.why, wrote, created)
			}
		}
	})
}

// TestSwap_OfTwoUsersInEitherOrder would deadlock on PostgreSQL if the rows were
// not taken in one order.
func TestSwap_OfTwoUsersInEitherOrder(t *testing.T) {
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		store := open(t, driver, dsn)
		ada, eve := create(t, store, "ada").ID, create(t, store, "eve").ID
		var group sync.WaitGroup
		for i := range 8 {
			ids := []uuid.UUID{ada, eve}
			if i%2 == 1 {
				slices.Reverse(ids)
			}
			group.Go(func() {
				for won := 0; won < 10; {
					swapped, err := apply(t, store, sessions(load(t, store, ids[0])), sessions(load(t, store, ids[1])))
					if err != nil {
						t.Error(err)
						return
					}
					if swapped {
						won++
					}
				}
			})
		}
		group.Wait()
		if version := load(t, store, ada).SessionsVersion; version != 80 || load(t, store, eve).SessionsVersion != 80 {
			t.Errorf("version %d after 80 swaps", version)
		}
	})
}

func TestSwap_LosesToWhoeverDisabledTheUser(t *testing.T) {
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		store := open(t, driver, dsn)
		user := create(t, store, "ada")
		disable := func(tx *gorm.DB) error { // as another program would: the version stays
			return tx.Model(&models.User{}).Where("id = ?", user.ID).UpdateColumn("disabled_at", time.Now()).Error
		}
		if err := store.Write(t.Context(), disable); err != nil {
			t.Fatal(err)
		}
		changed := user
		changed.PasswordHash = "next"
		for why, swap := range map[string]models.Swap{"sessions": sessions(user), "password": {Old: user, Next: changed}} {
			if swapped, err := apply(t, store, swap); swapped || err != nil {
				t.Errorf("%s: %v, %v", why, swapped, err)
			}
		}
		if swapped, err := apply(t, store, sessions(load(t, store, user.ID))); !swapped || err != nil {
			t.Errorf("by somebody who knows: %v, %v", swapped, err)
		}
	})
}

func TestSwap_DuplicateNamesAreTaken(t *testing.T) {
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		store := open(t, driver, dsn)
		create(t, store, "ada")
		tests := []struct {
			why, username, email      string
			usernameTaken, emailTaken bool
		}{
			{"username", "ada", "eve@example.com", true, false},
			{"email", "eve", "ada@example.com", false, true},
			{"both", "ada", "ada@example.com", true, true},
		}
		for _, tt := range tests {
			err := insert(t, store, models.User{ID: uuid.New(), Username: tt.username, Email: tt.email, Role: models.RoleUser, Sessions: []models.Session{}})
			if !errors.Is(err, models.ErrDuplicate) {
				t.Errorf("%s: %v", tt.why, err)
			}
			email, username, err := store.Taken(t.Context(), models.Names{Email: tt.email, Username: tt.username}, time.Now())
			if email != tt.emailTaken || username != tt.usernameTaken || err != nil {
				t.Errorf("%s: email %v, username %v, %v", tt.why, email, username, err)
			}
		}
		if email, username, err := store.Taken(t.Context(), models.Names{Email: "eve@example.com", Username: "eve"}, time.Now()); email || username || err != nil {
			t.Errorf("free names: %v, %v, %v", email, username, err)
		}
	})
}

func TestUserBy_UnknownIsNotFoundAndNoError(t *testing.T) {
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		store := open(t, driver, dsn)
		create(t, store, "ada")
		for why, find := range map[string]func() (models.User, bool, error){
			"unknown id":     func() (models.User, bool, error) { return store.UserByID(t.Context(), uuid.New()) },
			"zero id":        func() (models.User, bool, error) { return store.UserByID(t.Context(), uuid.Nil) },
			"empty email":    func() (models.User, bool, error) { return store.UserByEmail(t.Context(), "") },
			"empty username": func() (models.User, bool, error) { return store.UserByUsername(t.Context(), "") },
			"SQL":            func() (models.User, bool, error) { return store.UserByUsername(t.Context(), "' OR '1'='1") },
		} {
			if user, found, err := find(); found || err != nil || user.ID != uuid.Nil {
				t.Errorf("%s: %v, %v", why, found, err)
			}
		}
	})
}

func TestTimes_RoundTripInMicroseconds(t *testing.T) {
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		store := open(t, driver, dsn)
		at := time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)
		user := models.User{
			ID: uuid.New(), Username: "ada", Email: "ada@example.com", Role: models.RoleUser, EmailVerifiedAt: &at, CreatedAt: at,
			Sessions: []models.Session{{ID: uuid.New(), TokenID: "id", IssuedAt: at, Retired: []models.RetiredToken{{TokenID: "old", RetiredAt: at}}}},
		}
		if err := insert(t, store, user); err != nil {
			t.Fatal(err)
		}
		got := load(t, store, user.ID)
		if !got.CreatedAt.Equal(at) || !got.EmailVerifiedAt.Equal(at) || got.DisabledAt != nil {
			t.Errorf("created %v, verified %v, want %v", got.CreatedAt, got.EmailVerifiedAt, at)
		}
		if s := got.Sessions[0]; !s.IssuedAt.Equal(at) || !s.Retired[0].RetiredAt.Equal(at) || s.ID != user.Sessions[0].ID {
			t.Errorf("%+v", s)
		}
	})
}

func TestSchema_AndModelAgree(t *testing.T) {
	parsed, err := schema.Parse(&models.User{}, new(sync.Map), schema.NamingStrategy{})
	if err != nil {
		t.Fatal(err)
	}
	fields := slices.Sorted(maps.Keys(parsed.FieldsByDBName))
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		open(t, driver, dsn)
		db, err := sql.Open(map[models.Driver]string{models.SQLite: "sqlite", models.Postgres: "pgx"}[driver], dsn)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		rows, err := db.QueryContext(t.Context(), "SELECT * FROM users LIMIT 0")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(columns)
		if !slices.Equal(columns, fields) {
			t.Errorf("columns %v\n fields %v", columns, fields)
		}
	})
}

func TestRole_TheDatabaseRefusesAnyOther(t *testing.T) {
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		store := open(t, driver, dsn)
		err := insert(t, store, models.User{ID: uuid.New(), Username: "ada", Email: "ada@example.com", Role: "root", Sessions: []models.Session{}})
		if err == nil || errors.Is(err, models.ErrDuplicate) {
			t.Errorf("%v", err)
		}
	})
}
