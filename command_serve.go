package main

import (
	"context"

	"sallyport/config"
)

// serveCommand runs the server until it is told to end.
type serveCommand struct{}

func (c *serveCommand) Run(ctx context.Context, sh shell) error {
	makes := func(cfg config.Config) bool { return cfg.Migrate }
	return sh.withDatabase(ctx, config.Load, makes, func(p program) error { return start(ctx, p) })
}
