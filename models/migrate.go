package models

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations
var migrations embed.FS

// Migrate applies the pending migrations in order and returns how many there
// were. Instances that start together on PostgreSQL wait for each other.
func (s *Store) Migrate(ctx context.Context) (applied int, err error) {
	provider, err := s.migrator()
	if err != nil {
		return 0, err
	}
	results, err := provider.Up(ctx)
	return len(results), wrap("migrate", err)
}

// Pending reports whether a migration waits to be applied.
func (s *Store) Pending(ctx context.Context) (bool, error) {
	provider, err := s.migrator()
	if err != nil {
		return false, err
	}
	pending, err := provider.HasPending(ctx)
	return pending, wrap("look for pending migrations", err)
}

func (s *Store) migrator() (*goose.Provider, error) {
	pool, err := s.write.DB()
	if err != nil {
		return nil, err
	}
	files, err := fs.Sub(migrations, "migrations/"+string(s.driver))
	if err != nil {
		return nil, err
	}
	if s.driver == SQLite {
		return goose.NewProvider(goose.DialectSQLite3, pool, files)
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return nil, fmt.Errorf("migration lock: %w", err)
	}
	return goose.NewProvider(goose.DialectPostgres, pool, files, goose.WithSessionLocker(locker))
}
