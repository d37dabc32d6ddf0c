package models

import (
	"context"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"sallyport/internal/mail"
)

// Purpose is the one thing that a one-time token can be spent on.
type Purpose string

// The purposes of one-time tokens.
const (
	VerifyEmail   Purpose = "verify_email"
	ResetPassword Purpose = "reset_password"
	ChangeEmail   Purpose = "change_email"
	UndoEmail     Purpose = "undo_email"
)

// OneTimeToken is a link that was sent by mail. The token itself is in the mail
// alone.
type OneTimeToken struct {
	TokenHash string `gorm:"primaryKey"` // SHA-256, see auth/token
	UserID    uuid.UUID
	MessageID uuid.UUID // of the mail that carries it
	Purpose   Purpose
	Email     string // which the link proves; of UndoEmail the one that comes back, and nobody else gets before ExpiresAt
	CreatedAt time.Time
	ExpiresAt time.Time
	SpentAt   *time.Time
}

// Live reports whether the token can be spent at now.
func (t OneTimeToken) Live(now time.Time) bool { return t.SpentAt == nil && now.Before(t.ExpiresAt) }

// OneTimeTokenByHash returns the token. An unknown hash is found = false, not an
// error.
func (s *Store) OneTimeTokenByHash(ctx context.Context, hash string) (token OneTimeToken, found bool, err error) {
	err = s.db.ReadStatement(ctx, func(db *gorm.DB) error {
		result := db.Where("token_hash = ?", hash).Limit(1).Find(&token)
		found = result.RowsAffected == 1
		return result.Error
	})
	return token, found && err == nil, wrap("load one-time token", err)
}

// Mint makes the token that a message will carry, in place of the user's unspent
// ones of its purpose. Those of earlier attempts to deliver the same message stay:
// the mail server may have taken one of these mails.
// minted = false means that the token does not exist and the message is not to be
// sent: somebody has taken it out of the outbox since it was leased, or deleted the
// account, or there is nothing to undo any more.
func (s *Store) Mint(ctx context.Context, message mail.Message, token OneTimeToken) (minted bool, err error) {
	err = s.db.Write(ctx, func(tx *gorm.DB) error {
		// The locks in the order of every change: user, outbox, tokens. That of the
		// user makes a change that voids links wait, or is waited for.
		user := tx.Clauses(clause.Locking{Strength: "SHARE"}).Select("id").Where("id = ?", token.UserID).Find(&User{})
		if user.Error != nil || user.RowsAffected == 0 {
			return user.Error
		}
		held := leased(tx, message).UpdateColumn("attempts", gorm.Expr("attempts"))
		if minted = held.RowsAffected == 1; held.Error != nil || !minted {
			return held.Error
		}
		if token.Purpose == UndoEmail {
			minted, err = mintUndo(tx, token)
			return err
		}
		older := tx.Where("user_id = ? AND purpose = ? AND spent_at IS NULL AND message_id <> ?", token.UserID, token.Purpose, token.MessageID).Delete(&OneTimeToken{})
		if older.Error != nil {
			return older.Error
		}
		return tx.Create(&token).Error
	})
	return minted && err == nil, wrap("mint one-time token", err)
}

// mintUndo makes the token beside the reservation of its address, which was written
// with the message.
func mintUndo(tx *gorm.DB, token OneTimeToken) (minted bool, err error) {
	var reservation OneTimeToken
	found := tx.Where("user_id = ? AND purpose = ? AND message_id = ? AND spent_at IS NULL", token.UserID, token.Purpose, token.MessageID).Limit(1).Find(&reservation)
	if found.Error != nil || found.RowsAffected == 0 {
		return false, found.Error
	}
	token.CreatedAt, token.ExpiresAt = reservation.CreatedAt, reservation.ExpiresAt
	return true, tx.Create(&token).Error
}

// spend marks the token as used. One that is spent or has expired fails the
// change.
func spend(tx *gorm.DB, hash string, at time.Time) error {
	if hash == "" {
		return nil
	}
	result := tx.Model(&OneTimeToken{}).Where("token_hash = ? AND spent_at IS NULL AND expires_at > ?", hash, at).UpdateColumn("spent_at", at)
	if result.Error == nil && result.RowsAffected == 0 {
		return errChanged
	}
	return result.Error
}

// Void ends the links of one user that are not spent, and the changes of address
// that wait in the outbox. Links that undo a change of address stay, because
// whoever changed the address could do that too: those made since UndoSince, if
// it is set, die.
type Void struct {
	UserID    uuid.UUID
	UndoSince *time.Time
}

func (v Void) tokens(tx *gorm.DB) error {
	query := tx.Where("user_id = ? AND spent_at IS NULL", v.UserID)
	if v.UndoSince == nil {
		query = query.Where("purpose <> ?", UndoEmail)
	} else {
		query = query.Where("purpose <> ? OR created_at >= ?", UndoEmail, *v.UndoSince)
	}
	return query.Delete(&OneTimeToken{}).Error
}

// reserved reports whether the email is kept for somebody else than the user,
// from whom it was taken.
func reserved(db *gorm.DB, email string, userID uuid.UUID, now time.Time) (bool, error) {
	var found int64
	err := db.Model(&OneTimeToken{}).
		Where("email = ? AND purpose = ? AND user_id <> ? AND spent_at IS NULL AND expires_at > ?", email, UndoEmail, userID, now).
		Limit(1).Count(&found).Error
	return found > 0, err
}

// checkReserved fails where the swap gives the user an email that is reserved. It
// comes behind the write: on PostgreSQL a change that gives the email free and
// reserves it is over by then.
func (s Swap) checkReserved(tx *gorm.DB, now time.Time) error {
	if s.Next.ID == uuid.Nil || s.Next.Email == s.Old.Email {
		return nil
	}
	kept, err := reserved(tx, s.Next.Email, s.Next.ID, now)
	if err == nil && kept {
		err = gorm.ErrDuplicatedKey
	}
	return err
}
