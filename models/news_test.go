package models_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"sallyport/models"
)

func TestApply_TellsTheOthersOfWhatTheyMustNotGoOnWith(t *testing.T) {
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		store := open(t, driver, dsn)
		for _, tt := range []struct {
			why    string
			change func(*models.User)
			told   bool
		}{
			{"rotation", func(u *models.User) { u.Sessions[0].TokenID = "next" }, false},
			{"sign-in", func(u *models.User) { u.Sessions = append(u.Sessions, models.Session{ID: uuid.New()}) }, false},
			{"sign-out", func(u *models.User) { u.Sessions = u.Sessions[:1] }, true},
			{"role", func(u *models.User) { u.Role = models.RoleAdmin }, true},
			{"disabled", func(u *models.User) { u.DisabledAt = &u.CreatedAt }, true},
			{"profile", func(u *models.User) { u.FullName = "Other" }, true},
			{"deletion", func(u *models.User) { *u = models.User{} }, true},
		} {
			user := create(t, store, tt.why)
			before := user
			before.Sessions = models.Sessions{{ID: uuid.New(), TokenID: "current"}, {ID: uuid.New()}}
			if applied, err := apply(t, store, models.Swap{Old: user, Next: before}); !applied || err != nil {
				t.Fatal(applied, err)
			}
			before = load(t, store, user.ID)
			next := before
			next.Sessions = slices.Clone(before.Sessions)
			tt.change(&next)
			if applied, err := apply(t, store, models.Swap{Old: before, Next: next}); !applied || err != nil {
				t.Fatalf("%s: %v, %v", tt.why, applied, err)
			}
			rows, err := store.RecentNews(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			told := false
			for _, row := range rows {
				told = told || row.UserID == user.ID
			}
			if told != tt.told {
				t.Errorf("%s: told %v, want %v", tt.why, told, tt.told)
			}
		}
	})
}

func TestLease_OneAtATimeUntilItIsOver(t *testing.T) {
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		store := open(t, driver, dsn)
		now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		for _, tt := range []struct {
			why   string
			name  string
			after time.Duration
			want  bool
		}{
			{"nobody has it", "a", 0, true},
			{"it is taken", "a", 59 * time.Second, false},
			{"another one", "b", 59 * time.Second, true},
			{"it is over", "a", time.Minute, true},
			{"it is taken again", "a", time.Minute, false},
			{"by a clock that is ahead by less than its length", "c", 59 * time.Second, true},
			{"the others wait for it", "c", 0, false},
			{"by a clock that was wrong", "d", 365 * 24 * time.Hour, true},
			{"nobody waits a year for that", "d", 0, true},
		} {
			at := now.Add(tt.after)
			if got, err := store.Lease(t.Context(), tt.name, at, at.Add(time.Minute)); got != tt.want || err != nil {
				t.Errorf("%s: %v, %v", tt.why, got, err)
			}
		}
	})
}
