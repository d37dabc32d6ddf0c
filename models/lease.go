package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// Lease takes the lease of this name until a time, where nobody has it at now.
// Whoever holds it does the work; one that dies loses it when the time is over. A
// lease that ends later than one whole length behind until was taken by a clock that
// was wrong, and counts as over: the work would else wait for that time.
func (s *Store) Lease(ctx context.Context, name string, now, until time.Time) (taken bool, err error) {
	err = s.db.WriteStatement(ctx, func(tx *gorm.DB) error {
		result := tx.Exec("INSERT INTO leases (name, expires_at) VALUES (?, ?) "+
			"ON CONFLICT (name) DO UPDATE SET expires_at = excluded.expires_at WHERE leases.expires_at <= ? OR leases.expires_at > ?",
			name, stored(until), stored(now), stored(until.Add(until.Sub(now))))
		taken = result.RowsAffected == 1
		return result.Error
	})
	return taken && err == nil, wrap("take a lease", err)
}
