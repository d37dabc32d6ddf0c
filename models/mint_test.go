package models_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"sallyport/internal/mail"
	"sallyport/models"
)

// minted mints a token for the first message that is due, and reports what became
// of it. before runs between the lease and that.
func minted(t *testing.T, store *models.Store, user models.User, before func()) bool {
	t.Helper()
	m := lease(t, store, 0, 1)[0]
	before()
	made, err := store.Mint(t.Context(), m, models.OneTimeToken{
		TokenHash: uuid.NewString(), UserID: user.ID, MessageID: m.ID, Purpose: models.ResetPassword, Email: user.Email,
		CreatedAt: written, ExpiresAt: written.Add(time.Hour),
	})
	if err != nil {
		t.Error(err)
	}
	return made
}

func TestMint_MakesNothingForWhatIsGone(t *testing.T) {
	onEach(t, func(t *testing.T, driver models.Driver, dsn string) {
		store := open(t, driver, dsn)
		for _, tt := range []struct {
			why    string
			before func(user models.User)
			want   bool
		}{
			{"all is there", func(models.User) {}, true},
			{"the account was deleted", func(user models.User) {
				if gone, err := apply(t, store, models.Swap{Old: user}); !gone || err != nil {
					t.Error(gone, err)
				}
			}, false},
			{"a newer message took its place", func(user models.User) {
				newer := reset(user)
				if _, err := store.Apply(t.Context(), models.Change{Mail: []mail.Message{newer}}); err != nil {
					t.Error(err)
				}
			}, false},
		} {
			user := create(t, store, "ada"+uuid.NewString()[:8])
			enqueue(t, store, reset(user))
			if got := minted(t, store, user, func() { tt.before(user) }); got != tt.want {
				t.Errorf("%s: minted %t", tt.why, got)
			}
			for _, m := range lease(t, store, 2*time.Minute, 10) {
				if err := store.RemoveMail(t.Context(), m); err != nil {
					t.Error(err)
				}
			}
		}
	})
}

// reset is the message for whoever has the address: it is nobody's.
func reset(user models.User) mail.Message {
	m := waiting(user.Email)
	m.Kind = mail.ResetPassword
	return m
}
