package transfer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"

	"sallyport/internal/database"
	"sallyport/models"
)

// CopyOptions say what is copied where.
type CopyOptions struct {
	From       string        // path of the SQLite file
	To         *models.Store // on PostgreSQL
	SkipTables []string      // of the source alone, which stay behind
	// Progress is called often, with how many rows were read, written or compared,
	// and how many that will be; nil: nobody looks.
	Progress func(done, total int64)
	Log      *slog.Logger
}

// CopyReport says what was copied.
type CopyReport struct {
	Tables       []TableReport `json:"tables"`
	Skipped      []string      `json:"skipped"`
	Resumed      bool          `json:"resumed"` // an earlier copy was broken off
	Problems     []Problem     `json:"problems"`
	MoreProblems int           `json:"moreProblems"` // beyond those that are listed
}

// TableReport says what is in a table, on both sides.
type TableReport struct {
	Name   string `json:"name"`
	Rows   int64  `json:"rows"`
	Digest string `json:"sha256"` // of the values, whatever the order of the rows
}

func (r *CopyReport) add(problems []Problem) {
	for _, p := range problems {
		if len(r.Problems) < mostProblems {
			r.Problems = append(r.Problems, p)
		} else {
			r.MoreProblems++
		}
	}
}

// Copy copies every row of every table of a SQLite file to a PostgreSQL database, and
// compares count and digest of each table at the end. The file is locked meanwhile:
// no server has it open, nor can open it. What was broken off goes on when Copy is
// called again; until its end no server starts on the target. A target that holds
// rows is refused, as is a value that PostgreSQL cannot hold, before anything is
// written.
func Copy(ctx context.Context, o CopyOptions) (CopyReport, error) {
	c := copying{CopyOptions: o, source: map[string]*contents{}}
	c.report.Tables, c.report.Skipped, c.report.Problems = []TableReport{}, append([]string{}, o.SkipTables...), []Problem{}
	if err := c.checkSource(ctx); err != nil {
		return c.report, fmt.Errorf("--from: %w", err)
	}
	var err error
	if c.from, err = database.OpenExclusive(ctx, o.From); err != nil {
		if errors.Is(err, database.ErrInUse) {
			err = fmt.Errorf("%w; stop it first: what it changes during the copy would be lost", err)
		}
		return c.report, fmt.Errorf("--from: %w", err)
	}
	err = c.run(ctx)
	return c.report, errors.Join(err, c.from.Close())
}

// copying is one run of [Copy].
type copying struct {
	CopyOptions
	from        *sql.DB
	tables      []table
	source      map[string]*contents // by the table's name
	report      CopyReport
	done, total int64 // rows
}

// checkSource fails where the source has not all migrations.
func (c *copying) checkSource(ctx context.Context) error {
	store, err := models.Open(ctx, models.Options{Driver: models.SQLite, DSN: c.From, Existing: true}, c.Log)
	if err != nil {
		return err
	}
	return errors.Join(store.CheckSchema(ctx), store.Close())
}

func (c *copying) run(ctx context.Context) error {
	resumed, err := c.prepareTarget(ctx)
	if err != nil {
		return fmt.Errorf("--to: %w", err)
	}
	c.report.Resumed = resumed
	if c.tables, err = layout(ctx, c.from, c.To, c.SkipTables); err != nil {
		return err
	}
	if err := c.count(ctx); err != nil {
		return err
	}
	if err := c.preflight(ctx); err != nil {
		return err
	}
	if err := c.begin(ctx); err != nil {
		return fmt.Errorf("--to: %w", err)
	}
	for _, t := range c.tables {
		if err := c.copyTable(ctx, t); err != nil {
			return fmt.Errorf("copy the table %s: %w", t.name, err)
		}
	}
	if err := c.verify(ctx); err != nil {
		return err
	}
	return c.finish(ctx)
}

// passes over the rows: preflight, copy and comparison.
const passes = 3

func (c *copying) count(ctx context.Context) error {
	for _, t := range c.tables {
		var rows int64
		if err := c.from.QueryRowContext(ctx, "SELECT count(*) FROM "+quoted(t.name)).Scan(&rows); err != nil {
			return err
		}
		c.total += passes * rows
	}
	return nil
}

// did counts rows for who looks at the progress.
func (c *copying) did(rows int64) {
	c.done += rows
	if c.Progress != nil {
		c.Progress(c.done, c.total)
	}
}
