package main

import (
	"context"
	"fmt"
	"strings"

	"sallyport/config"
)

// migrateCommand applies what is pending.
type migrateCommand struct {
	output
}

func (c *migrateCommand) Run(ctx context.Context, sh shell) error {
	makes := func(cfg config.Config) bool { return cfg.Database.Named }
	return sh.withDatabase(ctx, config.LoadDatabase, makes, func(p program) error {
		applied, err := p.store.Migrate(ctx)
		if err != nil {
			return err
		}
		return c.print(sh.stdout, map[string][]string{"applied": append([]string{}, applied...)}, summary(applied))
	})
}

func summary(applied []string) string {
	return fmt.Sprintf("migrations applied: %d\n", len(applied)) + strings.Join(append(applied, ""), "\n")
}
