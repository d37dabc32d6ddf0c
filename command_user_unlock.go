package main

import (
	"context"
	"fmt"

	"sallyport/auth"
)

// userUnlockCommand lets a password sign in again that too many wrong ones have
// locked.
type userUnlockCommand struct {
	output
	User string `arg:"" help:"Email or username."`
}

func (c *userUnlockCommand) Run(ctx context.Context, sh shell) error {
	return sh.withSchema(ctx, func(p program) error {
		user, found, err := auth.Unlock(ctx, p.store, p.log, c.User)
		if err != nil {
			return err
		}
		if !found {
			return notFoundError(fmt.Sprintf("no user has the email or username %q", c.User))
		}
		return c.print(sh.stdout, map[string]any{"username": user.Username, "failedLogins": user.FailedLogins},
			fmt.Sprintf("unlocked %s, after %d wrong passwords in a row\n", user.Username, user.FailedLogins))
	})
}
