package models

import (
	"context"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// CountFailedLogin adds one to the user's wrong passwords in a row and returns
// how many there are now, 0 for a user who is gone. The one that reaches lockAt
// moves SessionsVersion too: a sign-in or a change of password in flight then
// loses its compare-and-swap, and looks again.
func (s *Store) CountFailedLogin(ctx context.Context, id uuid.UUID, lockAt int) (failed int, err error) {
	var user User
	_, err = s.change(ctx, func(db *gorm.DB) *gorm.DB {
		return db.Model(&user).
			Clauses(clause.Returning{Columns: []clause.Column{{Name: "failed_logins"}}}).
			Where("id = ?", id).
			UpdateColumns(map[string]any{
				"failed_logins":    gorm.Expr("failed_logins + 1"),
				"sessions_version": gorm.Expr("CASE WHEN failed_logins = ? THEN sessions_version + 1 ELSE sessions_version END", lockAt-1),
			})
	})
	return user.FailedLogins, wrap("count failed login", err)
}

// CountUnknownLogin is [Store.CountFailedLogin] for a name nobody has: it costs
// as much, so that the time of an answer does not tell whether a user exists.
func (s *Store) CountUnknownLogin(ctx context.Context) error {
	_, err := s.change(ctx, func(db *gorm.DB) *gorm.DB {
		return db.Table("unknown_logins").Where("id = 1").UpdateColumn("failed_logins", gorm.Expr("failed_logins + 1"))
	})
	return wrap("count unknown login", err)
}

// ForgetFailedLogins sets the user's wrong passwords in a row to 0, unless they
// have reached lockAt.
func (s *Store) ForgetFailedLogins(ctx context.Context, id uuid.UUID, lockAt int) error {
	_, err := s.change(ctx, func(db *gorm.DB) *gorm.DB {
		return db.Model(&User{}).Where("id = ? AND failed_logins < ?", id, lockAt).UpdateColumn("failed_logins", 0)
	})
	return wrap("forget failed logins", err)
}

// UnlockPassword sets the user's wrong passwords in a row to 0, however many
// there are.
func (s *Store) UnlockPassword(ctx context.Context, id uuid.UUID) error {
	_, err := s.change(ctx, func(db *gorm.DB) *gorm.DB {
		return db.Model(&User{}).Where("id = ?", id).UpdateColumn("failed_logins", 0)
	})
	return wrap("unlock password", err)
}
