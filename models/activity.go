package models

import (
	"context"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
)

// Activity is a security event as its user sees it. It holds no secret.
type Activity struct {
	ID        uuid.UUID `gorm:"primaryKey"` // UUIDv7: newer rows have larger ones
	UserID    uuid.UUID
	Event     string // name of the security event, see docs/security/logging.md
	At        time.Time
	Device    string // for people; "" where the program itself did it
	UserAgent string
	IP        string
}

// TableName is the name that GORM asks for.
func (Activity) TableName() string { return "activity" }

// ActivityOf returns up to limit events of the user, the newest first: those
// older than the one with the id before, or all where that is zero.
func (s *Store) ActivityOf(ctx context.Context, userID, before uuid.UUID, limit int) (page []Activity, err error) {
	err = s.db.ReadStatement(ctx, func(db *gorm.DB) error {
		query := db.Where("user_id = ?", userID)
		if before != uuid.Nil {
			query = query.Where("id < ?", before)
		}
		return query.Order("id DESC").Limit(limit).Find(&page).Error
	})
	return page, wrap("load activity", err)
}

// HasUsed reports whether the user has signed in on such a device since the
// oldest event that is kept.
func (s *Store) HasUsed(ctx context.Context, userID uuid.UUID, device string, events ...string) (used bool, err error) {
	var found int64
	err = s.db.ReadStatement(ctx, func(db *gorm.DB) error {
		return db.Model(&Activity{}).Where("user_id = ? AND device = ? AND event IN ?", userID, device, events).Limit(1).Count(&found).Error
	})
	return found > 0, wrap("look for the device", err)
}

// sweepAtOnce bounds how long a sweep holds up other writers.
const sweepAtOnce = 1000 // rows

// Sweep deletes what has had its time: events from before activityUntil,
// one-time tokens that expired before tokensUntil, and news that everybody has read.
func (s *Store) Sweep(ctx context.Context, activityUntil, tokensUntil time.Time) error {
	err := s.sweep(ctx, "DELETE FROM activity WHERE id IN (SELECT id FROM activity WHERE at < ? LIMIT ?)", stored(activityUntil))
	if err == nil {
		err = s.sweep(ctx, "DELETE FROM admin_actions WHERE id IN (SELECT id FROM admin_actions WHERE at < ? LIMIT ?)", stored(activityUntil))
	}
	if err == nil {
		err = s.sweep(ctx, "DELETE FROM one_time_tokens WHERE token_hash IN (SELECT token_hash FROM one_time_tokens WHERE expires_at < ? LIMIT ?)", stored(tokensUntil))
	}
	if err == nil {
		err = s.sweepNews(ctx)
	}
	return wrap("sweep", err)
}

// sweep runs a statement that deletes so many rows until there are no more.
func (s *Store) sweep(ctx context.Context, statement string, until time.Time) error {
	return s.inBatches(ctx, func(tx *gorm.DB) *gorm.DB { return tx.Exec(statement, until, sweepAtOnce) })
}

func (s *Store) sweepNews(ctx context.Context) error {
	return s.inBatches(ctx, func(tx *gorm.DB) *gorm.DB { return tx.Exec(oldNews[tx.Name()], sweepAtOnce) })
}

func (s *Store) inBatches(ctx context.Context, remove func(tx *gorm.DB) *gorm.DB) error {
	for {
		var deleted int64
		err := s.db.WriteStatement(ctx, func(tx *gorm.DB) error {
			result := remove(tx)
			deleted = result.RowsAffected
			return result.Error
		})
		if err != nil || deleted < sweepAtOnce {
			return err
		}
	}
}
