package models

import (
	"context"
	"strings"
	"unicode"

	"github.com/google/uuid"
	"gorm.io/gorm"
)

// Status is what an administrator asks users for.
type Status string

// The statuses. A user can have several of the last three.
const (
	StatusEnabled    Status = "enabled"
	StatusDisabled   Status = "disabled"
	StatusLocked     Status = "locked" // by too many wrong passwords
	StatusUnverified Status = "unverified"
)

// LockedAfter is how many wrong passwords in a row lock an account's password
// until it is unlocked. Source: NIST SP 800-63B-4 §3.2.2, which allows no more.
const LockedAfter = 100

// Locked reports whether no password opens this account. Its sessions go on:
// whoever guesses from outside must not be able to sign the owner out.
func (u User) Locked() bool { return u.FailedLogins >= LockedAfter }

// conditions are written out, so that the partial indexes of a migration serve
// them.
var conditions = map[Status]string{
	StatusEnabled:    "disabled_at IS NULL",
	StatusDisabled:   "disabled_at IS NOT NULL",
	StatusLocked:     "failed_logins >= 100",
	StatusUnverified: "email_verified_at IS NULL",
}

// UserFilter says which users to list. A zero field allows all.
type UserFilter struct {
	// Prefixes are what a username, an email or a full name begins with; any one
	// is enough. See [names.Prefixes].
	Search Search
	Role   Role
	Status Status
	Before uuid.UUID // only users who are older than this one
	Limit  int
}

// Search is what the names of a user begin with, each in its stored form. An
// empty one finds nobody by that name.
type Search struct{ Username, Email, FullName string }

// listColumns leave out the sessions, which can be long, and the hash.
const listColumns = "id, username, email, full_name, avatar_url, cover_image_url, role, " +
	"email_verified_at, disabled_at, failed_logins, created_at, updated_at, locale"

// Users returns the users of the filter, the newest first, without their sessions
// and hashes.
func (s *Store) Users(ctx context.Context, f UserFilter) (page []User, err error) {
	err = s.db.ReadStatement(ctx, func(db *gorm.DB) error {
		query := db.Select(listColumns)
		if f.Search != (Search{}) {
			query = query.Where(f.Search.condition(db))
		}
		switch f.Role {
		case RoleAdmin:
			query = query.Where("role = 'admin'")
		case RoleUser:
			query = query.Where("role = 'user'")
		}
		if condition := conditions[f.Status]; condition != "" {
			query = query.Where(condition)
		}
		if f.Before != uuid.Nil {
			query = query.Where("id < ?", f.Before)
		}
		return query.Order("id DESC").Limit(f.Limit).Find(&page).Error
	})
	return page, wrap("list users", err)
}

// condition finds each prefix as a range of bytes, in which no character has a
// meaning of its own.
func (s Search) condition(db *gorm.DB) *gorm.DB {
	bytewise := "" // as SQLite compares
	if db.Name() == "postgres" {
		bytewise = ` COLLATE "C"`
	}
	found := db.Session(&gorm.Session{NewDB: true})
	either := func(expression, prefix string) {
		if prefix != "" {
			column := expression + bytewise
			found = found.Or(column+" >= ? AND "+column+" < ?", prefix, prefix+string(unicode.MaxRune))
		}
	}
	either("username", s.Username)
	either("email", s.Email)
	for _, spelling := range spellings(s.FullName) {
		either("lower(full_name)", spelling)
	}
	return found
}

// spellings are what lower() can make of a full name that begins so: on SQLite,
// and in the locale "C" of PostgreSQL, it knows the letters of ASCII alone. So
// others are found in small letters, in capitals, and with a capital at the
// beginning of each word.
func spellings(prefix string) []string {
	small := strings.ToLower(prefix)
	all := []string{small}
	for _, spelling := range []string{lowerASCII(strings.ToUpper(prefix)), lowerASCII(capitals(small)), lowerASCII(prefix)} {
		if spelling != small {
			all = append(all, spelling)
		}
	}
	return all
}

func lowerASCII(text string) string {
	return strings.Map(func(r rune) rune {
		if r <= unicode.MaxASCII {
			return unicode.ToLower(r)
		}
		return r
	}, text)
}

// capitals returns the text with a capital at the beginning of each word.
func capitals(text string) string {
	begins := true
	return strings.Map(func(r rune) rune {
		was := begins
		begins = !unicode.IsLetter(r)
		if was {
			return unicode.ToUpper(r)
		}
		return r
	}, text)
}
