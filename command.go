package main

import (
	"context"
	"fmt"
	"slices"

	"sallyport/auth"
)

// command is one thing the program can do.
type command func(ctx context.Context, p program) error

// commandOf returns the command that the arguments name.
func commandOf(args []string) (command, error) {
	switch {
	case len(args) == 0:
		return start, nil
	case slices.Equal(args, []string{"migrate"}):
		return migrate, nil
	case len(args) == 3 && args[0] == "user" && args[1] == "unlock":
		return unlock(args[2]), nil
	}
	return nil, usageError(args)
}

func migrate(ctx context.Context, p program) error {
	applied, err := p.store.Migrate(ctx)
	if err == nil {
		fmt.Fprintf(p.stdout, "migrations applied: %d\n", applied)
	}
	return err
}

// unlock lets a password sign in again that too many wrong ones have locked.
func unlock(name string) command {
	return func(ctx context.Context, p program) error {
		if err := checkSchema(ctx, p.store); err != nil {
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
