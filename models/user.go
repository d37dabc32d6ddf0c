package models

import (
	"time"

	"github.com/google/uuid"
)

// Role is what a user may do.
type Role string

// The roles; the database refuses any other.
const (
	RoleUser  Role = "user"
	RoleAdmin Role = "admin"
)

// User is an account with the sessions of all its devices. Username and Email
// are stored in their normalised form, so equal names are equal bytes.
type User struct {
	ID              uuid.UUID `gorm:"primaryKey"` // UUIDv7
	Username        string
	Email           string
	FullName        string
	AvatarURL       string // name of a stored picture, or an absolute URL; "" for none
	CoverImageURL   string // the same
	PasswordHash    string // PHC string, or bcrypt of an imported user; see auth/password
	Role            Role
	EmailVerifiedAt *time.Time
	DisabledAt      *time.Time // set: no token of this user is honoured
	FailedLogins    int        // wrong passwords in a row
	CreatedAt       time.Time
	UpdatedAt       time.Time

	Sessions        Sessions `gorm:"column:refresh_tokens"`
	SessionsVersion int64    // counts every change of the row by [Store.Apply]; the compare-and-swap value
	Locale          string   // of mail: a BCP 47 tag such as "en"
}

// Verified reports whether the user has shown that the email is theirs.
func (u User) Verified() bool { return u.EmailVerifiedAt != nil }

// Disabled reports whether the account is shut.
func (u User) Disabled() bool { return u.DisabledAt != nil }

// Session returns a copy of the user's session with this id.
func (u User) Session(id uuid.UUID) (Session, bool) {
	for _, s := range u.Sessions {
		if s.ID == id {
			return s, true
		}
	}
	return Session{}, false
}
