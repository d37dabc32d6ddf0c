package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"sallyport/config"
	"sallyport/models"
	"sallyport/transfer"
)

// copyCommand moves a database from SQLite to PostgreSQL.
type copyCommand struct {
	output
	From      string   `required:"" placeholder:"sqlite://FILE" help:"The database to copy. No server may have it open."`
	To        string   `placeholder:"postgres://…" help:"An empty database. Without it, that of DATABASE_URL, where no other user of the machine sees the password."`
	SkipTable []string `placeholder:"NAME" help:"A table of the source alone that stays behind."`
}

// Help implements kong.HelpProvider.
func (c *copyCommand) Help() string {
	return "Every table with all its rows is copied, the sessions too, and compared at the end. " +
		"A copy that was broken off goes on when the same command is run again. See docs/moving.md."
}

func (c *copyCommand) Run(ctx context.Context, sh shell) error {
	from, err := config.LoadDatabase(withDatabaseURL(sh.environ, c.From), "", false)
	if err != nil {
		return fmt.Errorf("--from: %w", err)
	}
	if models.Driver(from.Database.Driver) != models.SQLite {
		return c.wrong("--from: only a SQLite file can be copied, such as sqlite://data/sallyport.db; PostgreSQL has pg_dump")
	}
	if c.To != "" {
		sh.environ = withDatabaseURL(sh.environ, c.To)
	}
	never := func(config.Config) bool { return false }
	load := func(environ []string, dir string, terminal bool) (config.Config, error) {
		to, err := config.LoadDatabase(environ, dir, terminal)
		if err == nil && models.Driver(to.Database.Driver) != models.Postgres {
			err = c.wrong("--to, or DATABASE_URL without it, has to name a PostgreSQL: postgres://user@host:5432/name")
		}
		return to, err
	}
	return sh.withDatabase(ctx, load, never, func(p program) error { return c.copy(ctx, p, from) })
}

// wrong is the error of an argument that names the wrong kind of database.
func (c *copyCommand) wrong(why string) error {
	return usageError{errors.New(why), "sallyport copy --help"}
}

func (c *copyCommand) copy(ctx context.Context, p program, from config.Config) error {
	bar := newProgress(p.stderr, "rows")
	report, err := transfer.Copy(ctx, transfer.CopyOptions{
		From: from.Database.DSN, To: p.store, SkipTables: c.SkipTable, Progress: bar.show, Log: p.log,
	})
	bar.end()
	if err != nil && len(report.Problems) == 0 {
		return err
	}
	return errors.Join(c.print(p.stdout, report, c.text(report, from.DataDir)), err)
}

func (c *copyCommand) text(report transfer.CopyReport, dataDir string) string {
	var b strings.Builder
	for _, problem := range report.Problems {
		fmt.Fprintln(&b, problem)
	}
	if report.MoreProblems > 0 {
		fmt.Fprintf(&b, "and %d more\n", report.MoreProblems)
	}
	if len(report.Problems) > 0 {
		return b.String()
	}
	for _, table := range report.Tables {
		fmt.Fprintf(&b, "%-20s %10d rows  sha256 %s\n", table.Name, table.Rows, table.Digest)
	}
	fmt.Fprintf(&b, `
Everything is copied, and both sides hold the same. What else has to move:
  - ACCESS_TOKEN_SECRET and REFRESH_TOKEN_SECRET, or %s/secrets.env: without them everybody is signed out
  - PUBLIC_URL stays the same, because the tokens name it
  - the pictures in %s/media, or set MEDIA_URL to a bucket that has them
Then start the server with DATABASE_URL, and never again on the old file.
`, dataDir, dataDir)
	return b.String()
}

// withDatabaseURL is the environment with this DATABASE_URL, and without what
// belongs to another one: an empty variable hides that of .env too.
func withDatabaseURL(environ []string, url string) []string {
	return append(slices.Clone(environ), "DATABASE_URL="+url, "DATABASE_URL_FILE=", "DATABASE_MAX_CONNS=")
}
