package models

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
)

// Swap is a compare-and-swap of one user's row: Next in place of Old as it was
// loaded. A zero Old inserts Next; a zero Next deletes Old and all that is the
// user's. The id and the time of creation never change.
type Swap struct{ Old, Next User }

// UserID returns the id of the user whose row is swapped.
func (s Swap) UserID() uuid.UUID {
	if s.Old.ID == uuid.Nil {
		return s.Next.ID
	}
	return s.Old.ID
}

// errChanged undoes the change that it is in.
var errChanged = errors.New("a row has changed since it was loaded")

// inOrder returns the swaps in the order of ids: two callers with the same rows in
// another order would deadlock on PostgreSQL.
func inOrder(swaps []Swap) []Swap {
	if len(swaps) < 2 {
		return swaps
	}
	return slices.SortedFunc(slices.Values(swaps), func(a, b Swap) int { return bytes.Compare(a.Old.ID[:], b.Old.ID[:]) })
}

// same is the condition that the row is as it was loaded. An account that was
// disabled meanwhile is another row, whoever disabled it.
const same = "id = ? AND sessions_version = ? AND (disabled_at IS NOT NULL) = ?"

// write makes the swap. sessions is the column of Next's.
func (s Swap) write(tx *gorm.DB, sessions string) error {
	columns := s.columns()
	var result *gorm.DB
	switch {
	case s.Old.ID == uuid.Nil:
		return tx.Create(&s.Next).Error
	case s.Next.ID == uuid.Nil:
		result = tx.Where(same, s.Old.ID, s.Old.SessionsVersion, s.Old.Disabled()).Delete(&User{})
	case len(columns) == 0:
		result = tx.Model(&User{}).Where(same, s.Old.ID, s.Old.SessionsVersion, s.Old.Disabled()).
			UpdateColumns(map[string]any{"refresh_tokens": sessions, "sessions_version": s.Old.SessionsVersion + 1})
	default:
		next := s.Next
		next.SessionsVersion = s.Old.SessionsVersion + 1
		result = tx.Model(&User{}).Where(same, s.Old.ID, s.Old.SessionsVersion, s.Old.Disabled()).
			Select("Sessions", append(columns, "SessionsVersion", "UpdatedAt")).UpdateColumns(next)
	}
	if result.Error == nil && result.RowsAffected == 0 {
		return errChanged
	}
	return result.Error
}

// ofSessions reports whether nothing but the sessions changes, as in a refresh.
func (s Swap) ofSessions() bool {
	return s.Old.ID != uuid.Nil && s.Next.ID != uuid.Nil && len(s.columns()) == 0
}

// swapSessions is the statement of every refresh, written out.
func (s *Store) swapSessions(ctx context.Context, swap Swap, sessions string) (applied bool, err error) {
	old := swap.Old
	changed, err := s.db.Exec(ctx, "UPDATE users SET refresh_tokens = $1, sessions_version = $2 "+
		"WHERE id = $3 AND sessions_version = $4 AND (disabled_at IS NOT NULL) = $5",
		sessions, old.SessionsVersion+1, old.ID, old.SessionsVersion, old.Disabled())
	return changed == 1, wrap("change sessions", err)
}

// columns are the fields that differ and may, but for the sessions. One that is the
// same is not written: the count of failed logins moves without the version.
func (s Swap) columns() (names []string) {
	for _, field := range []struct {
		name    string
		differs bool
	}{
		{"Username", s.Next.Username != s.Old.Username},
		{"Email", s.Next.Email != s.Old.Email},
		{"EmailVerifiedAt", micros(s.Next.EmailVerifiedAt) != micros(s.Old.EmailVerifiedAt)},
		{"DisabledAt", micros(s.Next.DisabledAt) != micros(s.Old.DisabledAt)},
		{"Role", s.Next.Role != s.Old.Role},
		{"FullName", s.Next.FullName != s.Old.FullName},
		{"Locale", s.Next.Locale != s.Old.Locale},
		{"AvatarURL", s.Next.AvatarURL != s.Old.AvatarURL},
		{"CoverImageURL", s.Next.CoverImageURL != s.Old.CoverImageURL},
		{"PasswordHash", s.Next.PasswordHash != s.Old.PasswordHash},
		{"FailedLogins", s.Next.FailedLogins != s.Old.FailedLogins},
	} {
		if field.differs {
			names = append(names, field.name)
		}
	}
	return names
}

// micros is a time as both databases compare it, 0 for none.
func micros(t *time.Time) int64 {
	if t == nil {
		return 0
	}
	return t.UnixMicro()
}
