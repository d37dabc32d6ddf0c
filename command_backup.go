package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"sallyport/config"
	"sallyport/models"
)

// backupCommand copies the SQLite file, which nobody may copy with cp while it is
// in use.
type backupCommand struct {
	output
	File string `arg:"" help:"The new file. One that is there already is left as it is."`
}

func (c *backupCommand) Help() string {
	return `The server goes on reading and writing meanwhile. The file has everything that was answered before the command began, is checked, and can be read by its owner only.

It holds the database alone. DATA_DIR/media (pictures) and the secrets are kept apart: without the secrets everybody signs in again.

    sallyport backup /backups/sallyport-$(date +%F).db`
}

func (c *backupCommand) Run(ctx context.Context, sh shell) error {
	never := func(config.Config) bool { return false }
	return sh.withDatabase(ctx, config.LoadDatabase, never, func(p program) error {
		err := p.store.Backup(ctx, c.File)
		if errors.Is(err, models.ErrNoBackup) {
			return fmt.Errorf("%w; this one is %s: use PostgreSQL's own pg_dump --format=custom, or continuous archiving", err, p.cfg.Database.Place())
		}
		if err != nil {
			return err
		}
		info, err := os.Stat(c.File)
		if err != nil {
			return err
		}
		return c.print(sh.stdout, map[string]any{"file": c.File, "bytes": info.Size()}, fmt.Sprintf("%s: %d bytes, checked\n", c.File, info.Size()))
	})
}
