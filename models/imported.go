package models

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
)

// importedUser notes that a user was imported. It stays when the user goes.
type importedUser struct {
	ID uuid.UUID `gorm:"primaryKey"`
}

// TableName implements schema.Tabler.
func (importedUser) TableName() string { return "imported_users" }

// ImportUsers adds all of the users, which came from another program, or none. It
// notes their ids. A username or email that is taken is [ErrDuplicate].
func (s *Store) ImportUsers(ctx context.Context, users []User) error {
	notes := make([]importedUser, len(users))
	for i, user := range users {
		notes[i].ID = user.ID
	}
	err := s.db.Write(ctx, func(tx *gorm.DB) error {
		if err := create(tx, users); err != nil {
			return err
		}
		return create(tx, notes)
	})
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return ErrDuplicate
	}
	return wrap("import users", err)
}

// Imported returns those of the ids that were imported, whatever became of their
// users.
func (s *Store) Imported(ctx context.Context, ids []uuid.UUID) (found []uuid.UUID, err error) {
	err = s.db.ReadStatement(ctx, func(db *gorm.DB) error {
		return db.Model(&importedUser{}).Where("id IN ?", ids).Pluck("id", &found).Error
	})
	return found, wrap("look for imported users", err)
}

// TakenNames returns those of the emails and usernames that belong to somebody. An
// email counts that is reserved at now for the user it was taken from.
func (s *Store) TakenNames(ctx context.Context, emails, usernames []string, now time.Time) (takenEmails, takenUsernames []string, err error) {
	err = s.Read(ctx, func(db *gorm.DB) error {
		if err := db.Model(&User{}).Where("email IN ?", emails).Pluck("email", &takenEmails).Error; err != nil {
			return err
		}
		if err := db.Model(&User{}).Where("username IN ?", usernames).Pluck("username", &takenUsernames).Error; err != nil {
			return err
		}
		var kept []string
		err := db.Model(&OneTimeToken{}).
			Where("email IN ? AND purpose = ? AND spent_at IS NULL AND expires_at > ?", emails, UndoEmail, stored(now)).Pluck("email", &kept).Error
		takenEmails = append(takenEmails, kept...)
		return err
	})
	return takenEmails, takenUsernames, wrap("look up names", err)
}
