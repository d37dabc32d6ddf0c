package models

import (
	"context"
	"embed"
	"strings"

	"sallyport/internal/database"
)

//go:embed migrations
var files embed.FS

// migrations are the program's, and those of who extends it.
var migrations = database.Migrations{
	Files: files, Table: "users", Columns: []string{"password_hash", "refresh_tokens", "sessions_version"},
	Needed: map[string][]string{
		"users":           strings.Split(userColumns, ", "),
		"unknown_logins":  {"id", "failed_logins"},
		"one_time_tokens": {"token_hash", "user_id", "purpose", "email", "created_at", "expires_at", "spent_at"},
		"outbox":          {"id", "user_id", "kind", "recipient", "locale", "created_at", "at", "device", "ip", "attempts", "due_at", "lease_end"},
		"imported_users":  {"id"},
		"activity":        {"id", "user_id", "event", "at", "device", "user_agent", "ip"},
		"news":            {"id", "user_id", "at"},
		"leases":          {"name", "expires_at"},
		"admin_actions":   {"id", "user_id", "actor_id", "event", "at", "device", "user_agent", "ip"},
	},
}

// Migrate applies the pending migrations in order and returns their names.
// Instances that start together on PostgreSQL wait for each other. A
// database of a newer program or of another one is refused, unchanged.
func (s *Store) Migrate(ctx context.Context) (applied []string, err error) {
	applied, err = s.db.Migrate(ctx, migrations)
	return applied, wrap("migrate", err)
}

// ErrPending is the error of [Store.CheckSchema] where migrations have to be
// applied, and nothing else is wrong.
var ErrPending = database.ErrPending

// CheckSchema refuses a database that is not as all migrations leave it, and
// changes nothing.
func (s *Store) CheckSchema(ctx context.Context) error {
	return wrap("check the schema", s.db.CheckSchema(ctx, migrations))
}
