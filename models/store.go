// Package models holds the data: the types GORM maps, every query the program
// makes, and the migrations. Most callers need [Open] and the methods of
// [Store]. It may import the packages under internal.
package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"

	"go.opentelemetry.io/otel/trace"
	"gorm.io/gorm"

	"sallyport/internal/apperror"
	"sallyport/internal/database"
)

// ErrDuplicate says that a row with the same unique value exists already.
var ErrDuplicate = errors.New("duplicate value")

// Driver names a database engine.
type Driver = database.Driver

// The engines Sallyport runs on.
const (
	SQLite   = database.SQLite
	Postgres = database.Postgres
)

// Store is the database. It is safe for concurrent use. Queries and writes fail
// with [apperror.CodeUnavailable] while the database cannot serve; a write that
// failed so may have happened.
type Store struct {
	db   *database.DB
	seed maphash.Seed // of unknown names
}

// Options says which database to open.
type Options = database.Options

// ErrNoFile says that there is no SQLite file where one has to exist.
var ErrNoFile = database.ErrNoFile

// Open connects to the database. It checks that the database answers and does
// not migrate it.
func Open(ctx context.Context, o Options, log *slog.Logger) (*Store, error) {
	db, err := database.Open(ctx, o, log)
	if err != nil {
		return nil, err
	}
	return &Store{db, maphash.MakeSeed()}, nil
}

// Connections says how many instances of this size PostgreSQL has connections for.
type Connections = database.Connections

// PostgresConnections is how many connections an instance opens at most. configured
// is DATABASE_MAX_CONNS, 0 where that is not set.
func PostgresConnections(configured int) int { return database.PostgresConnections(configured) }

// Connections asks the server for its limits; see [database.Connections].
func (s *Store) Connections(ctx context.Context) (Connections, error) {
	c, err := s.db.Connections(ctx)
	return c, wrap("look up the limit of connections", err)
}

// Ping reports whether the database answers reads.
func (s *Store) Ping(ctx context.Context) error { return s.db.Ping(ctx) }

// PoolStats returns the state of the connections; see [database.DB.PoolStats].
func (s *Store) PoolStats() sql.DBStats { return s.db.PoolStats() }

// Close closes every connection after the changes in flight are done.
func (s *Store) Close() error { return s.db.Close() }

// OnStatement calls f after every statement, for metrics and benchmarks; see
// [database.DB.OnStatement].
func (s *Store) OnStatement(f func(ctx context.Context)) error { return s.db.OnStatement(f) }

// Trace makes a span of every later statement; see [database.DB.Trace].
func (s *Store) Trace(tracer trace.Tracer) error { return s.db.Trace(tracer) }

// Write makes one atomic change with the statements that fn runs on tx; nothing
// else changes the database. It is durable when Write returns nil. Where fn
// fails or panics, nothing of it stays and nobody else is affected. fn must
// wait for nothing but the database: on SQLite it holds up all other writers. On
// PostgreSQL it runs again after a conflict: it must change nothing but through tx.
func (s *Store) Write(ctx context.Context, fn func(tx *gorm.DB) error) error {
	return wrap("write", s.db.Write(ctx, fn))
}

// Read runs the queries of fn, which cannot write.
func (s *Store) Read(ctx context.Context, fn func(db *gorm.DB) error) error {
	return wrap("read", s.db.Read(ctx, fn))
}

// wrap says what the store was doing, and whether it may work later.
func wrap(doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case apperror.CodeOf(err) != "": // of the caller's own, or wrapped already
		return err
	case database.Unavailable(err):
		return fmt.Errorf("%s: %w", doing, apperror.Unavailable(err))
	}
	return fmt.Errorf("%s: %w", doing, err)
}
