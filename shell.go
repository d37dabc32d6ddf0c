package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"golang.org/x/term"

	"sallyport/config"
	"sallyport/models"
)

// shell is what the program was started with: every command reads and writes
// nothing else of the process.
type shell struct {
	environ               []string // as of os.Environ
	stdin, stdout, stderr *os.File
}

// program is what a command works with that has read the configuration and opened
// the database.
type program struct {
	shell
	cfg   config.Config
	store *models.Store
	log   *slog.Logger
}

// loader reads the part of the configuration that a command needs.
type loader = func(environ []string, dir string, terminal bool) (config.Config, error)

// configured reads the configuration and logs what there is to say about it.
func (sh shell) configured(ctx context.Context, load loader) (config.Config, *slog.Logger, error) {
	cfg, err := load(sh.environ, "", term.IsTerminal(int(sh.stderr.Fd())))
	if err != nil {
		return config.Config{}, nil, err
	}
	log := newLogger(cfg, sh.stderr)
	for _, notice := range cfg.Notices {
		log.Log(ctx, notice.Level, notice.Text)
	}
	return cfg, log, nil
}

// withDatabase does work on the database that the configuration names, and closes
// it. makes says where a SQLite file is made that is not there.
func (sh shell) withDatabase(ctx context.Context, load loader, makes func(config.Config) bool, work func(program) error) error {
	cfg, log, err := sh.configured(ctx, load)
	if err != nil {
		return err
	}
	store, err := open(ctx, cfg, makes(cfg), log)
	if err != nil {
		return err
	}
	return errors.Join(work(program{sh, cfg, store, log}), store.Close())
}

// withSchema does work on a database that is there and as this program needs it.
func (sh shell) withSchema(ctx context.Context, load loader, work func(program) error) error {
	never := func(config.Config) bool { return false }
	return sh.withDatabase(ctx, load, never, func(p program) error {
		if err := p.store.CheckSchema(ctx); err != nil {
			return err
		}
		return work(p)
	})
}

// open opens the database. A command that may make none fails where there is
// none: it may have been started in another folder than the server.
func open(ctx context.Context, cfg config.Config, makes bool, log *slog.Logger) (*models.Store, error) {
	store, err := models.Open(ctx, models.Options{
		Driver: models.Driver(cfg.Database.Driver), DSN: cfg.Database.DSN, MaxConns: cfg.Database.MaxConns, Existing: !makes,
	}, log)
	if errors.Is(err, models.ErrNoFile) {
		err = fmt.Errorf("%w; for that of a server run this in the server's folder; "+
			"a new one is made by 'sallyport migrate' with DATA_DIR or DATABASE_URL set, as in: DATA_DIR=data sallyport migrate", err)
	}
	return store, err
}
