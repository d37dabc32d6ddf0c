package models

import (
	"context"

	"sallyport/internal/database"
)

// ErrNoBackup says that the database is not a SQLite file.
var ErrNoBackup = database.ErrNoBackup

// Backup writes the SQLite database, as it is at one moment, into a new file while
// it is in use. See [database.DB.Backup].
func (s *Store) Backup(ctx context.Context, path string) error {
	return wrap("back up", s.db.Backup(ctx, path))
}
