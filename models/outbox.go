package models

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"sallyport/internal/mail"
)

// outboxRow is a message that waits to be delivered.
type outboxRow struct {
	ID        uuid.UUID `gorm:"primaryKey"`
	UserID    *uuid.UUID
	Kind      mail.Kind
	Recipient string
	Locale    string
	CreatedAt time.Time
	At        time.Time
	Device    string
	IP        string
	Attempts  int
	DueAt     time.Time
	LeaseEnd  *time.Time // names the lease
}

// TableName implements schema.Tabler.
func (outboxRow) TableName() string { return "outbox" }

func (r outboxRow) message() mail.Message {
	m := mail.Message{
		ID: r.ID, Kind: r.Kind, To: r.Recipient, Locale: r.Locale, CreatedAt: r.CreatedAt.UTC(),
		At: r.At.UTC(), Device: r.Device, IP: r.IP, Attempts: r.Attempts,
	}
	if r.UserID != nil {
		m.UserID = *r.UserID
	}
	if r.LeaseEnd != nil {
		m.LeaseEnd = r.LeaseEnd.UTC()
	}
	return m
}

// QueueMail writes messages that are due at once, as a part of the change that
// they tell of.
func QueueMail(tx *gorm.DB, messages ...mail.Message) error {
	for _, m := range messages {
		row := outboxRow{
			ID: m.ID, Kind: m.Kind, Recipient: m.To, Locale: m.Locale,
			CreatedAt: stored(m.CreatedAt), At: stored(m.At), Device: m.Device, IP: m.IP, DueAt: stored(m.CreatedAt),
		}
		if m.UserID != uuid.Nil {
			row.UserID = &m.UserID
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
	}
	return nil
}

// due is the condition that a message waits, with the time twice.
const due = "due_at <= ? AND (lease_end IS NULL OR lease_end <= ?)"

// LeaseMail implements [mail.Queue]. It writes only where something is due: a
// look at an empty queue disturbs nobody.
func (s *Store) LeaseMail(ctx context.Context, now, leaseEnd time.Time, n int) ([]mail.Message, error) {
	now, leaseEnd = stored(now), stored(leaseEnd)
	var waiting []outboxRow
	err := s.db.ReadStatement(ctx, func(db *gorm.DB) error {
		return db.Select("id").Where(due, now, now).Limit(1).Find(&waiting).Error
	})
	if err != nil || len(waiting) == 0 {
		return nil, wrap("look for mail", err)
	}
	var leased []outboxRow
	err = s.db.WriteStatement(ctx, func(tx *gorm.DB) error {
		lock := "" // of SQLite, which has one writer
		if tx.Name() == "postgres" {
			lock = " FOR UPDATE SKIP LOCKED" // two instances take different rows, and neither waits
		}
		// PostgreSQL may run a subquery several times, and an expression of WITH that
		// locks only once.
		return tx.Raw("WITH oldest AS (SELECT id FROM outbox WHERE "+due+" ORDER BY due_at, id LIMIT ?"+lock+") "+
			"UPDATE outbox SET lease_end = ? WHERE id IN (SELECT id FROM oldest) RETURNING *", now, now, n, leaseEnd).Scan(&leased).Error
	})
	slices.SortFunc(leased, func(a, b outboxRow) int { return cmp.Or(a.DueAt.Compare(b.DueAt), bytes.Compare(a.ID[:], b.ID[:])) })
	messages := make([]mail.Message, len(leased))
	for i, row := range leased {
		messages[i] = row.message()
	}
	return messages, wrap("lease mail", err)
}

// MailWaiting returns how many messages wait, and when the oldest was written: the
// zero time where none waits.
func (s *Store) MailWaiting(ctx context.Context) (waiting int, oldest time.Time, err error) {
	var found struct {
		CreatedAt time.Time
		Waiting   int
	}
	err = s.db.ReadStatement(ctx, func(db *gorm.DB) error { // not min(created_at): of an expression SQLite does not know that it is a time
		return db.Raw("SELECT created_at, (SELECT count(*) FROM outbox) AS waiting FROM outbox ORDER BY created_at LIMIT 1").Scan(&found).Error
	})
	return found.Waiting, found.CreatedAt.UTC(), wrap("count mail", err)
}

// RemoveMail implements [mail.Queue].
func (s *Store) RemoveMail(ctx context.Context, m mail.Message) error {
	err := s.db.WriteStatement(ctx, func(tx *gorm.DB) error {
		return leased(tx, m).Delete(&outboxRow{}).Error
	})
	return wrap("remove mail", err)
}

// RetryMail implements [mail.Queue].
func (s *Store) RetryMail(ctx context.Context, m mail.Message, at time.Time) error {
	err := s.db.WriteStatement(ctx, func(tx *gorm.DB) error {
		return leased(tx, m).UpdateColumns(map[string]any{
			"due_at": stored(at), "lease_end": nil, "attempts": gorm.Expr("attempts + 1"),
		}).Error
	})
	return wrap("retry mail", err)
}

// stored is a time as both databases keep it.
func stored(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// leased selects the message for as long as the caller has its lease.
func leased(tx *gorm.DB, m mail.Message) *gorm.DB {
	return tx.Model(&outboxRow{}).Where("id = ? AND lease_end = ?", m.ID, m.LeaseEnd)
}
