package main

import (
	"context"
	"fmt"

	"sallyport/admin"
	"sallyport/models"
)

// change makes a change of the user, waits until it is in effect, and prints the
// user with what was done.
func (n named) change(ctx context.Context, sh shell, o output, done string, do func(*admin.Service, models.User) (models.User, error)) error {
	return n.onUser(ctx, sh, func(users *admin.Service, before models.User) error {
		after, err := do(users, before)
		if err != nil {
			return err
		}
		if err := settle(ctx); err != nil {
			return err
		}
		return o.print(sh.stdout, toUserView(after), fmt.Sprintf("%s %s; every running server goes by it\n", done, after.Username))
	})
}

type userDisableCommand struct {
	output
	named
}

func (c *userDisableCommand) Run(ctx context.Context, sh shell) error {
	return c.change(ctx, sh, c.output, "disabled", func(users *admin.Service, user models.User) (models.User, error) {
		return users.Disable(ctx, commandLine, user.ID)
	})
}

type userEnableCommand struct {
	output
	named
}

func (c *userEnableCommand) Run(ctx context.Context, sh shell) error {
	return c.change(ctx, sh, c.output, "enabled", func(users *admin.Service, user models.User) (models.User, error) {
		return users.Enable(ctx, commandLine, user.ID)
	})
}

type userRoleCommand struct {
	output
	named
	Role string `arg:"" enum:"user,admin" help:"\"user\" or \"admin\"."`
}

func (c *userRoleCommand) Run(ctx context.Context, sh shell) error {
	return c.change(ctx, sh, c.output, "role "+c.Role+" given to", func(users *admin.Service, user models.User) (models.User, error) {
		return users.SetRole(ctx, commandLine, user.ID, models.Role(c.Role))
	})
}

type userUnlockCommand struct {
	output
	named
}

func (c *userUnlockCommand) Run(ctx context.Context, sh shell) error {
	return c.onUser(ctx, sh, func(users *admin.Service, before models.User) error {
		after, err := users.Unlock(ctx, commandLine, before.ID)
		if err != nil {
			return err
		}
		return c.print(sh.stdout, toUserView(after), fmt.Sprintf("unlocked %s, after %d wrong passwords in a row\n", after.Username, before.FailedLogins))
	})
}
