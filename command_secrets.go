package main

import (
	"context"
	"fmt"

	"sallyport/config"
)

// secretsCommands are about the secrets that sign tokens.
type secretsCommands struct {
	New secretsNewCommand `cmd:"" help:"Print new secrets for both tokens, as lines for .env."`
}

// secretsNewCommand prints secrets and keeps them nowhere.
type secretsNewCommand struct {
	output
}

func (c *secretsNewCommand) Run(_ context.Context, sh shell) error {
	made := struct {
		Access  string `json:"ACCESS_TOKEN_SECRET"`
		Refresh string `json:"REFRESH_TOKEN_SECRET"`
	}{config.NewSecret(), config.NewSecret()}
	return c.print(sh.stdout, made, fmt.Sprintf("ACCESS_TOKEN_SECRET=%s\nREFRESH_TOKEN_SECRET=%s\n", made.Access, made.Refresh))
}
