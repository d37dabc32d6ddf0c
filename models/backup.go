package models

import (
	"context"
	"fmt"

	"sallyport/internal/database"
)

// ErrNoBackup says that the database is not a SQLite file.
var ErrNoBackup = database.ErrNoBackup

// Backup writes the SQLite database, as it is at one moment, into a new file while
// it is in use. See [database.DB.Backup].
func (s *Store) Backup(ctx context.Context, path string) error {
	if err := s.db.Backup(ctx, path); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	return nil
}
