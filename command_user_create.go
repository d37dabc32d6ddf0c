package main

import (
	"cmp"
	"context"
	"fmt"

	"sallyport/account"
	"sallyport/admin"
	"sallyport/auth/password"
	"sallyport/config"
	"sallyport/models"
	"sallyport/wire"
)

type userCreateCommand struct {
	output
	Username     string `arg:""`
	Email        string `arg:""`
	FullName     string `help:"Name to show; the username where there is none."`
	Role         string `enum:"user,admin" default:"user" help:"\"user\" or \"admin\"."`
	Verified     bool   `help:"The email is known to be theirs: no link has to be opened."`
	PasswordFile string `placeholder:"FILE" help:"File that holds the password alone, as one line in UTF-8. Without it the password is asked for on a terminal, or read from standard input."`
}

func (c *userCreateCommand) Help() string {
	return `The password is never an argument: every user of the machine could read it.

    sallyport user create ada ada@example.com --role admin
    sallyport user create ada ada@example.com < password.txt`
}

func (c *userCreateCommand) Run(ctx context.Context, sh shell) error {
	return sh.withSchema(ctx, config.Inspect, func(p program) error {
		secret, err := sh.newPassword(ctx, c.PasswordFile)
		if err != nil {
			return err
		}
		hasher, err := password.NewHasher(password.Recommended)
		if err != nil {
			return err
		}
		users, err := wire.Administration(p.cfg, p.store, hasher, p.log)
		if err != nil {
			return err
		}
		user, err := users.Create(ctx, commandLine, admin.NewUser{
			Username: c.Username, Email: c.Email, FullName: cmp.Or(c.FullName, c.Username), Password: secret, Role: models.Role(c.Role), Verified: c.Verified,
			Locale: account.DefaultLocale,
		})
		if err != nil {
			return plainly(err)
		}
		return c.print(sh.stdout, toUserView(user), fmt.Sprintf("created %s %s with the id %s\n", user.Role, user.Username, user.ID))
	})
}
