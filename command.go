package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"sallyport/auth"
	"sallyport/config"
	"sallyport/models"
)

// command is one thing the program can do.
type command struct {
	load  func(environ []string, dir string, terminal bool) (config.Config, error) // what it needs of the configuration
	makes func(config.Config) bool                                                 // whether it makes a SQLite file that is not there
	run   func(ctx context.Context, p program) error
}

// commandOf returns the command that the arguments name.
func commandOf(args []string) (command, error) {
	switch {
	case len(args) == 0:
		return command{config.Load, func(c config.Config) bool { return c.Migrate }, start}, nil
	case slices.Equal(args, []string{"migrate"}):
		return command{config.LoadDatabase, func(c config.Config) bool { return c.Database.Named }, migrate}, nil
	case len(args) == 3 && args[0] == "user" && args[1] == "unlock":
		return command{config.LoadDatabase, func(config.Config) bool { return false }, unlock(args[2])}, nil
	}
	return command{}, usageError(args)
}

// open opens the database. A command that may make none fails where there is
// none: it may have been started in another folder than the server.
func (c command) open(ctx context.Context, cfg config.Config, log *slog.Logger) (*models.Store, error) {
	store, err := models.Open(ctx, models.Options{
		Driver: models.Driver(cfg.Database.Driver), DSN: cfg.Database.DSN, MaxConns: cfg.Database.MaxConns, Existing: !c.makes(cfg),
	}, log)
	if errors.Is(err, models.ErrNoFile) {
		err = fmt.Errorf("%w; for that of a server run this in the server's folder; "+
			"a new one is made by 'sallyport migrate' with DATA_DIR or DATABASE_URL set, as in: DATA_DIR=data sallyport migrate", err)
	}
	return store, err
}

func migrate(ctx context.Context, p program) error {
	applied, err := p.store.Migrate(ctx)
	if err == nil {
		fmt.Fprintf(p.stdout, "migrations applied: %d\n", applied)
	}
	return err
}

// unlock lets a password sign in again that too many wrong ones have locked.
func unlock(name string) func(ctx context.Context, p program) error {
	return func(ctx context.Context, p program) error {
		if err := p.store.CheckSchema(ctx); err != nil {
			return err
		}
		user, found, err := auth.Unlock(ctx, p.store, p.log, name)
		if err != nil {
			return err
		}
		if !found {
			return fmt.Errorf("no user has the email or username %q", name)
		}
		fmt.Fprintf(p.stdout, "unlocked %s, after %d wrong passwords in a row\n", user.Username, user.FailedLogins)
		return nil
	}
}
