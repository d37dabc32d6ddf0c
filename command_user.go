package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sallyport/admin"
	"sallyport/config"
	"sallyport/internal/apperror"
	"sallyport/internal/news"
	"sallyport/models"
	"sallyport/wire"
)

// userCommands are what an operator does to one user.
type userCommands struct {
	Create   userCreateCommand   `cmd:"" help:"Create a user, such as the first administrator."`
	Show     userShowCommand     `cmd:"" help:"Show a user and where they are signed in."`
	Disable  userDisableCommand  `cmd:"" help:"End all sessions of a user and let them sign in no more."`
	Enable   userEnableCommand   `cmd:"" help:"Let a user sign in again who was disabled."`
	Role     userRoleCommand     `cmd:"" help:"Make a user an administrator, or a plain user again."`
	Sessions userSessionsCommand `cmd:"" help:"List or end the sessions of a user."`
	Unlock   userUnlockCommand   `cmd:"" help:"Let a password sign in again after too many wrong ones."`
	Delete   userDeleteCommand   `cmd:"" help:"Delete a user and all that is theirs, for ever."`
}

// named is the user whom a command is about.
type named struct {
	User string `arg:"" help:"Email, username or id."`
}

// commandLine is who acts.
var commandLine = admin.Actor{}

// onUser does work on the user who is named, as they are at the beginning.
func (n named) onUser(ctx context.Context, sh shell, work func(users *admin.Service, user models.User) error) error {
	return sh.withSchema(ctx, config.LoadDatabase, func(p program) error {
		users, err := wire.Administration(p.cfg, p.store, nil, p.log)
		if err != nil {
			return err
		}
		user, err := users.Find(ctx, n.User)
		if apperror.CodeOf(err) == apperror.CodeNotFound {
			return notFoundError(fmt.Sprintf("no user has the email, username or id %q", n.User))
		}
		if err != nil {
			return err
		}
		return plainly(work(users, user))
	})
}

// plainly makes what an answer of the API would say the text of its error.
func plainly(err error) error {
	var refusal *apperror.Error
	switch {
	case !errors.As(err, &refusal) || refusal.Cause != nil:
		return err
	case refusal.Code == apperror.CodeNotFound:
		return notFoundError(refusal.Message)
	}
	return errors.New(refusal.Message)
}

// settle waits until every running instance goes by a change.
func settle(ctx context.Context) error {
	select {
	case <-time.After(news.Settled):
		return nil
	case <-ctx.Done():
		return fmt.Errorf("the change is made, but instances may need %v more to go by it: %w", news.Settled, ctx.Err())
	}
}

// userView is a user as commands print one.
type userView struct {
	ID            string     `json:"id"`
	Username      string     `json:"username"`
	Email         string     `json:"email"`
	FullName      string     `json:"fullName"`
	Role          string     `json:"role"`
	EmailVerified bool       `json:"emailVerified"`
	DisabledAt    *time.Time `json:"disabledAt"` // null: not disabled
	FailedLogins  int        `json:"failedLogins"`
	CreatedAt     time.Time  `json:"createdAt"`
	UpdatedAt     time.Time  `json:"updatedAt"`
}

func toUserView(u models.User) userView {
	return userView{u.ID.String(), u.Username, u.Email, u.FullName, string(u.Role), u.Verified(), u.DisabledAt, u.FailedLogins, u.CreatedAt, u.UpdatedAt}
}
