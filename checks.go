package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"sallyport/config"
	"sallyport/models"
	"sallyport/wire"
)

// check reads the configuration and tries what it names.
func (sh shell) check(ctx context.Context) reports {
	cfg, err := config.Inspect(sh.environ, "", false)
	if err != nil {
		return wrong(err)
	}
	found := settings(cfg)
	found = append(found, checkDatabase(ctx, cfg)...)
	found = append(found, checkRedis(ctx, cfg))
	found = append(found, checkMail(ctx, cfg)...)
	found = append(found, checkPictures(ctx, cfg))
	if cfg.BreachListURL != "" {
		found = append(found, tried("breach list", "answers", wire.ReachBreachList(ctx, cfg.BreachListURL)))
	}
	return found
}

// wrong has a report for each problem.
func wrong(err error) (found reports) {
	var problems config.Problems
	if !errors.As(err, &problems) {
		return reports{{"configuration", failed, err.Error()}}
	}
	for _, p := range problems {
		found = append(found, report{p.Variable, failed, p.Wrong + "; use " + p.Good})
	}
	return found
}

// settings reports what would be logged at the start, and the secrets.
func settings(cfg config.Config) reports {
	mode := "development"
	if cfg.Production {
		mode = "production"
	}
	found := reports{{"configuration", passed, "for " + mode + ", at " + cfg.PublicURL}}
	for _, notice := range cfg.Notices {
		if notice.Level >= slog.LevelWarn {
			found = append(found, report{"configuration", doubt, notice.Text})
		}
	}
	if len(cfg.AccessToken.Secrets) == 0 || len(cfg.RefreshToken.Secrets) == 0 {
		return append(found, report{"secrets", passed, "the first start generates them, for development"})
	}
	return append(found, report{"secrets", passed, fmt.Sprintf("%d for access tokens, %d for refresh tokens", len(cfg.AccessToken.Secrets), len(cfg.RefreshToken.Secrets))})
}

func checkDatabase(ctx context.Context, cfg config.Config) reports {
	store, err := open(ctx, cfg, false, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if errors.Is(err, models.ErrNoFile) && cfg.Migrate {
		return reports{{"database", passed, "there is none yet: the first start makes " + cfg.Database.Place()}}
	}
	if err != nil {
		return reports{{"database", failed, err.Error()}}
	}
	found := reports{{"database", passed, cfg.Database.Place() + " answers"}, checkSchema(ctx, cfg, store)}
	if cfg.Database.Driver == string(models.Postgres) {
		found = append(found, checkConnections(ctx, store))
	}
	if err := store.Close(); err != nil {
		found = append(found, report{"database", failed, err.Error()})
	}
	return found
}

func checkSchema(ctx context.Context, cfg config.Config, store *models.Store) report {
	err := store.CheckSchema(ctx)
	if errors.Is(err, models.ErrPending) && cfg.Migrate {
		return report{"schema", passed, "the next start applies migrations"}
	}
	return tried("schema", "is that of this program", err)
}

// checkConnections counts how many instances of this size the server has room for.
// One more is needed while another takes its place.
func checkConnections(ctx context.Context, store *models.Store) report {
	c, err := store.Connections(ctx)
	fit := c.Instances()
	said := fmt.Sprintf("PostgreSQL allows %d, an instance opens up to %d: %d instances fit", c.Allowed, c.Own, fit)
	const advice = "; use a smaller DATABASE_MAX_CONNS, a larger max_connections, or PgBouncer"
	switch {
	case err != nil:
		return report{"connections", failed, err.Error()}
	case c.Pooled:
		return report{"connections", passed, fmt.Sprintf("an instance opens up to %d, to a pooler whose own limits count", c.Own)}
	case fit < 1:
		return report{"connections", failed, said + advice}
	case fit < 2:
		return report{"connections", doubt, said + advice}
	}
	return report{"connections", passed, said}
}

func checkRedis(ctx context.Context, cfg config.Config) report {
	if cfg.RedisURL == "" {
		return report{"redis", passed, "none: each instance counts limits by itself"}
	}
	evicts, err := wire.ReachRedis(ctx, cfg.RedisURL)
	if err == nil && evicts {
		return report{"redis", doubt, "answers, but may drop the counts of limits when its memory is full; use maxmemory-policy noeviction"}
	}
	return tried("redis", "answers", err)
}

func checkMail(ctx context.Context, cfg config.Config) reports {
	_, err := wire.Templates(cfg)
	found := reports{tried("mail templates", "can be used", err)}
	switch {
	case cfg.Mail.Server.Host != "":
		return append(found, tried("mail", cfg.Mail.Server.Host+" answers", wire.ReachMail(ctx, cfg.Mail)))
	case cfg.Production:
		return found // a notice says that there is none
	}
	return append(found, tried("mail", "is kept in "+wire.MailFolder(cfg), config.CheckWritable("DATA_DIR", wire.MailFolder(cfg))))
}

func checkPictures(ctx context.Context, cfg config.Config) report {
	if cfg.Media.S3.Bucket == "" {
		return tried("pictures", "are kept in "+cfg.Media.Folder, config.CheckWritable("DATA_DIR", cfg.Media.Folder))
	}
	return tried("pictures", "the bucket "+cfg.Media.S3.Bucket+" can be used", wire.ReachBucket(ctx, cfg.Media.S3))
}
