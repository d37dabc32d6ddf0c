package main

import (
	"context"
	"fmt"

	"sallyport/admin"
	"sallyport/models"
)

type userDeleteCommand struct {
	output
	named
	Yes bool `help:"Do not ask."`
}

func (c *userDeleteCommand) Help() string {
	return "There is no way back. Pictures go with the next sweep of a running server, within the hour."
}

func (c *userDeleteCommand) Run(ctx context.Context, sh shell) error {
	return c.onUser(ctx, sh, func(users *admin.Service, user models.User) error {
		if !c.Yes {
			if err := sh.confirm(ctx, fmt.Sprintf("Delete %s (%s) for ever?", user.Username, user.Email), user.Username); err != nil {
				return err
			}
		}
		if err := users.Delete(ctx, commandLine, user.ID); err != nil {
			return err
		}
		if err := settle(ctx); err != nil {
			return err
		}
		return c.print(sh.stdout, toUserView(user), fmt.Sprintf("deleted %s; every running server goes by it\n", user.Username))
	})
}
