package auth

import (
	"testing"

	"github.com/google/uuid"

	"sallyport/internal/apperror"
	"sallyport/models"
)

// TestLogin_TheLockWinsOverASignInInFlight: a hundred wrong passwords are
// counted after the right one was proven and before it is written.
func TestLogin_TheLockWinsOverASignInInFlight(t *testing.T) {
	for _, row := range []struct {
		wrong int
		code  apperror.Code
	}{
		{models.LockedAfter - 1, ""},
		{models.LockedAfter, apperror.CodeInvalidCredentials},
	} {
		f := newFixture(t)
		f.options.Store = &intercepted{UserStore: f.store, meanwhile: func(user models.User) {
			for range row.wrong {
				if _, err := f.store.CountFailedLogin(t.Context(), user.ID, models.LockedAfter, models.Activity{ID: uuid.New(), UserID: user.ID}); err != nil {
					t.Error(err)
				}
			}
		}}
		if _, err := f.login(adasPassword); apperror.CodeOf(err) != row.code {
			t.Errorf("%d wrong ones in between: %v, want %q", row.wrong, err, row.code)
		}
	}
}

func TestLogin_TheRightPasswordOfADisabledUserCountsAsWrong(t *testing.T) {
	f := newFixture(t)
	f.options.Store = &viewed{UserStore: f.store, change: func(user *models.User) { user.DisabledAt = &f.now }}
	if _, err := f.login(adasPassword); apperror.CodeOf(err) != apperror.CodeInvalidCredentials {
		t.Errorf("%v", err)
	}
	if n := f.user().FailedLogins; n != 1 {
		t.Errorf("%d counted: a missing write shows that the password is right", n)
	}
}
