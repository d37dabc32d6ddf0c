package models_test

import (
	"database/sql"
	"errors"
	"io"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm/schema"

	"sallyport/models"
	"sallyport/tests/harness"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func open(t *testing.T, driver models.Driver, dsn string) *models.Store {
	t.Helper()
	store, err := models.Open(t.Context(), driver, dsn, quiet)
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
	if err := store.CreateUser(t.Context(), &user); err != nil {
		t.Fatal(err)
	}
	return load(t, store, user.ID)
}

func load(t *testing.T, store *models.Store, id uuid.UUID) models.User {
	t.Helper()
	user, found, err := store.UserByID(t.Context(), id)
	if err != nil || !found {
		t.Fatal(found, err)
	}
	return user
}

func TestReplaceSessions_OneOfManyWritersWins(t *testing.T) {
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		store := open(t, driver, dsn)
		user := create(t, store, "ada")
		var wins atomic.Int32
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				swapped, err := store.ReplaceSessions(t.Context(), user, []models.Session{{ID: uuid.New()}})
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
		if swapped, err := store.ReplaceSessions(t.Context(), after, nil); !swapped || err != nil {
			t.Errorf("with the new version: %v, %v", swapped, err)
		}
		if n := len(load(t, store, user.ID).Sessions); n != 0 {
			t.Errorf("%d sessions are left", n)
		}
	})
}

func TestReplaceSessions_TouchesNobodyElse(t *testing.T) {
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		store := open(t, driver, dsn)
		ada, eve := create(t, store, "ada"), create(t, store, "eve")
		if _, err := store.ReplaceSessions(t.Context(), ada, []models.Session{{ID: uuid.New()}}); err != nil {
			t.Fatal(err)
		}
		if after := load(t, store, eve.ID); after.SessionsVersion != eve.SessionsVersion || len(after.Sessions) != 0 {
			t.Errorf("%+v", after)
		}
		swapped, err := store.ReplaceSessions(t.Context(), models.User{ID: uuid.New()}, nil)
		if swapped || err != nil {
			t.Errorf("unknown user: %v, %v", swapped, err)
		}
	})
}

func TestReplacePasswordHash_LosesToAnotherChange(t *testing.T) {
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		store := open(t, driver, dsn)
		user := create(t, store, "ada")
		for _, want := range []bool{true, false} { // the second still names the first hash
			if swapped, err := store.ReplacePasswordHash(t.Context(), user, "next"); swapped != want || err != nil {
				t.Errorf("swapped %v, want %v: %v", swapped, want, err)
			}
		}
	})
}

func TestCreateUser_DuplicateNamesAreToldApart(t *testing.T) {
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
			err := store.CreateUser(t.Context(), &models.User{ID: uuid.New(), Username: tt.username, Email: tt.email, Role: models.RoleUser, Sessions: []models.Session{}})
			if !errors.Is(err, models.ErrDuplicate) {
				t.Errorf("%s: %v", tt.why, err)
			}
			email, username, err := store.Taken(t.Context(), tt.email, tt.username)
			if email != tt.emailTaken || username != tt.usernameTaken || err != nil {
				t.Errorf("%s: email %v, username %v, %v", tt.why, email, username, err)
			}
		}
		if email, username, err := store.Taken(t.Context(), "eve@example.com", "eve"); email || username || err != nil {
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
			ID: uuid.New(), Username: "ada", Email: "ada@example.com", Role: models.RoleUser, EmailVerifiedAt: &at,
			Sessions: []models.Session{{ID: uuid.New(), TokenID: "id", IssuedAt: at, Retired: []models.RetiredToken{{TokenID: "old", RetiredAt: at}}}},
		}
		if err := store.CreateUser(t.Context(), &user); err != nil {
			t.Fatal(err)
		}
		got := load(t, store, user.ID)
		if user.CreatedAt.IsZero() || user.CreatedAt.Nanosecond()%1000 != 0 || user.CreatedAt.Location() != time.UTC {
			t.Errorf("created at %v", user.CreatedAt)
		}
		if !got.CreatedAt.Equal(user.CreatedAt) || !got.EmailVerifiedAt.Equal(at) || got.DisabledAt != nil {
			t.Errorf("%v, want %v; verified %v", got.CreatedAt, user.CreatedAt, got.EmailVerifiedAt)
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
		err := store.CreateUser(t.Context(), &models.User{ID: uuid.New(), Username: "ada", Email: "ada@example.com", Role: "root", Sessions: []models.Session{}})
		if err == nil || errors.Is(err, models.ErrDuplicate) {
			t.Errorf("%v", err)
		}
	})
}

func TestMigrate_SecondTimeHasNothingToDo(t *testing.T) {
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		store, err := models.Open(t.Context(), driver, dsn, quiet)
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		for i, want := range []bool{true, false} {
			if pending, err := store.Pending(t.Context()); pending != want || err != nil {
				t.Errorf("pending before run %d: %v, %v", i, pending, err)
			}
			if applied, err := store.Migrate(t.Context()); applied > 0 != want || err != nil {
				t.Errorf("run %d applied %d: %v", i, applied, err)
			}
		}
	})
}

func TestOpen_UnknownDriverIsAnError(t *testing.T) {
	if _, err := models.Open(t.Context(), "mysql", "", quiet); err == nil {
		t.Error("opened")
	}
}
