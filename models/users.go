package models

import (
	"context"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
)

// Names are what no two users may have in common. An empty one is free.
type Names struct {
	Email, Username string
	For             uuid.UUID // the user who asks and whose own they may be; zero for a new one
}

// Taken reports which of the two names belongs to somebody else. An email counts
// that is reserved at now for the user it was taken from.
func (s *Store) Taken(ctx context.Context, names Names, now time.Time) (email, username bool, err error) {
	var found []User
	err = s.Read(ctx, func(db *gorm.DB) error {
		query := db.Select("email", "username").Where("(email = ? OR username = ?) AND id <> ?", names.Email, names.Username, names.For)
		if err := query.Find(&found).Error; err != nil {
			return err
		}
		email, err = reserved(db, names.Email, names.For, now)
		return err
	})
	for _, u := range found {
		email = email || u.Email == names.Email
		username = username || u.Username == names.Username
	}
	return email, username, wrap("look up names", err)
}

// UserByID returns the user. An unknown id is found = false, not an error.
func (s *Store) UserByID(ctx context.Context, id uuid.UUID) (user User, found bool, err error) {
	return s.oneUser(ctx, "id = $1", id)
}

// UserByEmail is [Store.UserByID] for a normalised email.
func (s *Store) UserByEmail(ctx context.Context, email string) (user User, found bool, err error) {
	return s.oneUser(ctx, "email = $1", email)
}

// UserByUsername is [Store.UserByID] for a normalised username.
func (s *Store) UserByUsername(ctx context.Context, username string) (user User, found bool, err error) {
	return s.oneUser(ctx, "username = $1", username)
}

// userColumns are in the order of userFields.
const userColumns = "id, username, email, full_name, avatar_url, cover_image_url, password_hash, role, " +
	"email_verified_at, disabled_at, failed_logins, created_at, updated_at, refresh_tokens, sessions_version, locale"

func userFields(u *User) []any {
	return []any{
		&u.ID, &u.Username, &u.Email, &u.FullName, &u.AvatarURL, &u.CoverImageURL, &u.PasswordHash, &u.Role,
		&u.EmailVerifiedAt, &u.DisabledAt, &u.FailedLogins, &u.CreatedAt, &u.UpdatedAt, &u.Sessions, &u.SessionsVersion, &u.Locale,
	}
}

// oneUser is the query of every sign-in and refresh, written out.
func (s *Store) oneUser(ctx context.Context, condition string, value any) (user User, found bool, err error) {
	found, err = s.db.QueryOne(ctx, "SELECT "+userColumns+" FROM users WHERE "+condition, []any{value}, userFields(&user))
	if !found {
		user = User{}
	}
	return user, found, wrap("load user", err)
}
