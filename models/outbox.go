package models

import (
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"sallyport/internal/mail"
)

// waiting is a row of the outbox.
type waiting struct {
	ID        uuid.UUID
	UserID    uuid.NullUUID
	Kind      mail.Kind
	Recipient string
	Locale    string
	CreatedAt time.Time
	At        time.Time
	Device    string
	IP        string
	Attempts  int
	DueAt     time.Time
	LeaseEnd  *time.Time
}

// TableName is the name that GORM asks for.
func (waiting) TableName() string { return "outbox" }

func newWaiting(m mail.Message) waiting {
	return waiting{
		ID: m.ID, UserID: someUser(m.UserID), Kind: m.Kind, Recipient: m.To, Locale: m.Locale,
		CreatedAt: m.CreatedAt, At: m.At, Device: m.Device, IP: m.IP, DueAt: m.CreatedAt,
	}
}

// leased selects the message while the lease that the caller has goes on.
func leased(tx *gorm.DB, m mail.Message) *gorm.DB {
	return tx.Model(&waiting{}).Where("id = ? AND lease_end = ?", m.ID, m.LeaseEnd)
}
