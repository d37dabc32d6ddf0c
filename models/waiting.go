package models

import (
	"github.com/google/uuid"
	"gorm.io/gorm"

	"sallyport/internal/mail"
)

// writeMail puts the messages into the outbox. A message with a link takes the
// place of one that waits for the same account or address, so that the newest
// link is the one that works; and no change of address outlives what voids it.
func writeMail(tx *gorm.DB, messages []mail.Message, voids []Void) error {
	for _, void := range voids {
		if err := tx.Where("user_id = ? AND kind = ?", void.UserID, mail.ChangeEmail).Delete(&waiting{}).Error; err != nil {
			return err
		}
	}
	rows := make([]waiting, len(messages))
	for i, message := range messages {
		rows[i] = newWaiting(message)
		if err := withoutOlder(tx, message); err != nil {
			return err
		}
	}
	return create(tx, rows)
}

func withoutOlder(tx *gorm.DB, message mail.Message) error {
	var query *gorm.DB
	switch message.Kind {
	case mail.VerifyEmail, mail.ResetPassword:
		query = tx.Where("recipient = ? AND kind = ?", message.To, message.Kind)
	case mail.ChangeEmail:
		query = tx.Where("user_id = ? AND kind = ?", message.UserID, message.Kind)
	default:
		return nil
	}
	return query.Delete(&waiting{}).Error
}

// someUser is null for nobody.
func someUser(id uuid.UUID) uuid.NullUUID { return uuid.NullUUID{UUID: id, Valid: id != uuid.Nil} }
