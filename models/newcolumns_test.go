package models_test

import (
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"sallyport/internal/mail"
	"sallyport/models"
)

// everyQuery makes the queries and changes that return rows.
func everyQuery(t *testing.T, store *models.Store, name string) {
	t.Helper()
	user := create(t, store, name)
	user.Sessions = []models.Session{{ID: uuid.New()}}
	change := models.Change{
		At: written, Swaps: []models.Swap{sessions(user, user.Sessions...)},
		Mail:     []mail.Message{{ID: uuid.New(), Kind: mail.ResetPassword, To: user.Email, UserID: user.ID, CreatedAt: written, At: written}},
		Reserve:  []models.OneTimeToken{{TokenHash: name, UserID: user.ID, Purpose: models.UndoEmail, CreatedAt: written, ExpiresAt: written}},
		Activity: []models.Activity{lockedRow(user.ID)},
	}
	if applied, err := store.Apply(t.Context(), change); err != nil || !applied {
		t.Error(applied, err)
	}
	if got := load(t, store, user.ID); len(got.Sessions) != 1 || got.Email != user.Email {
		t.Errorf("%+v", got)
	}
	messages, err := store.LeaseMail(t.Context(), written.Add(time.Hour), written.Add(2*time.Hour), 10)
	if err != nil || len(messages) != 1 || messages[0].To != user.Email {
		t.Errorf("%+v, %v", messages, err)
	}
	if token, found, err := store.OneTimeTokenByHash(t.Context(), name); err != nil || !found || token.UserID != user.ID {
		t.Errorf("%+v, %v, %v", token, found, err)
	}
	if page, err := store.ActivityOf(t.Context(), user.ID, uuid.Nil, 10); err != nil || len(page) != 1 || page[0].Event != "password_locked" {
		t.Errorf("%+v, %v", page, err)
	}
	if n, err := store.CountFailedLogin(t.Context(), user.ID, lockAt, lockedRow(user.ID)); err != nil || n != 1 {
		t.Error(n, err)
	}
}

// An update migrates while instances of the version before run on, with their
// statements prepared.
func TestNewColumns_BreakNoQueryOfARunningInstance(t *testing.T) {
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		store := open(t, driver, dsn)
		everyQuery(t, store, "ada")
		db, err := sql.Open(map[models.Driver]string{models.SQLite: "sqlite", models.Postgres: "pgx"}[driver], dsn)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		for _, table := range []string{"users", "outbox", "one_time_tokens", "activity", "unknown_logins"} {
			if _, err := db.ExecContext(t.Context(), fmt.Sprintf("ALTER TABLE %s ADD COLUMN later text NOT NULL DEFAULT 'later'", table)); err != nil {
				t.Fatal(err)
			}
		}
		everyQuery(t, store, "eve")
	})
}
