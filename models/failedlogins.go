package models

import (
	"context"
	"hash/maphash"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// CountFailedLogin adds one to the user's wrong passwords in a row and returns
// how many there are now, 0 for a user who is gone. The one that reaches lockAt
// moves SessionsVersion too: a [Store.Apply] in flight, of a sign-in or a change
// of password, then loses and has to decide again. It writes locked with it.
func (s *Store) CountFailedLogin(ctx context.Context, id uuid.UUID, lockAt int, locked Activity) (failed int, err error) {
	var user User
	err = s.db.Write(ctx, func(tx *gorm.DB) error {
		count := tx.Model(&user).
			Clauses(clause.Returning{Columns: []clause.Column{{Name: "failed_logins"}}}).
			Where("id = ?", id).
			UpdateColumns(map[string]any{
				"failed_logins":    gorm.Expr("failed_logins + 1"),
				"sessions_version": gorm.Expr("CASE WHEN failed_logins = ? THEN sessions_version + 1 ELSE sessions_version END", lockAt-1),
			})
		if count.Error != nil || user.FailedLogins != lockAt {
			return count.Error
		}
		return tx.Create(&locked).Error
	})
	return user.FailedLogins, wrap("count failed login", err)
}

// unknownRows is how many rows unknown_logins has; a migration has made them.
const unknownRows = 256

// CountUnknownLogin is [Store.CountFailedLogin] for a name nobody has: it costs
// as much, so that the time of an answer does not say whether a user exists.
// One name always has the same row: sign-ins with it wait for each other as
// those of a user do, and not for those with other names.
func (s *Store) CountUnknownLogin(ctx context.Context, name string) error {
	row := maphash.String(s.seed, name)%unknownRows + 1
	err := s.db.Write(ctx, func(tx *gorm.DB) error {
		return tx.Table("unknown_logins").Where("id = ?", row).UpdateColumn("failed_logins", gorm.Expr("failed_logins + 1")).Error
	})
	return wrap("count unknown login", err)
}
