package auth

import (
	"context"
	"log/slog"

	"github.com/google/uuid"

	"sallyport/models"
)

// Unlocker is what [Unlock] needs of the store. *models.Store is one.
type Unlocker interface {
	// UserByEmail and UserByUsername load one user. If there is none, they
	// return found = false, not an error.
	UserByEmail(ctx context.Context, email string) (user models.User, found bool, err error)
	UserByUsername(ctx context.Context, username string) (user models.User, found bool, err error)
	// UnlockPassword sets the count of wrong passwords in a row to 0.
	UnlockPassword(ctx context.Context, id uuid.UUID) error
}

// Unlock lets the password of the user with this email or username sign in
// again after too many wrong ones, and returns the user as it was. An unknown
// name is found = false, not an error.
func Unlock(ctx context.Context, store Unlocker, log *slog.Logger, name string) (user models.User, found bool, err error) {
	if email, problem := normalizeEmail(name); problem == "" {
		user, found, err = store.UserByEmail(ctx, email)
	} else if username, problem := normalizeUsername(name); problem == "" {
		user, found, err = store.UserByUsername(ctx, username)
	}
	if err != nil || !found {
		return models.User{}, false, err
	}
	if err := store.UnlockPassword(ctx, user.ID); err != nil {
		return user, true, err
	}
	passwordUnlocked.Log(ctx, log, slog.String("userId", user.ID.String()))
	return user, true, nil
}
