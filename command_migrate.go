package main

import (
	"context"
	"fmt"

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
		return c.print(sh.stdout, map[string]int{"applied": applied}, fmt.Sprintf("migrations applied: %d\n", applied))
	})
}
