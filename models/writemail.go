package models

import (
	"gorm.io/gorm"

	"sallyport/internal/mail"
)

// writeMail puts the messages into the outbox. A message with a link takes the
// place of one that waits for the same account or address, so that the newest
// link is the one that works; and no change of address outlives what voids it.
func writeMail(tx *gorm.DB, messages []mail.Message, voids []Void) error {
	for _, void := range voids {
		if err := tx.Where("user_id = ? AND kind = ?", void.UserID, mail.ChangeEmail).Delete(&outboxRow{}).Error; err != nil {
			return err
		}
	}
	for _, message := range messages {
		if err := withoutOlder(tx, message); err != nil {
			return err
		}
	}
	return QueueMail(tx, messages...)
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
	return query.Delete(&outboxRow{}).Error
}
