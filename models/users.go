package models

import (
	"bytes"
	"context"
	"errors"
	"hash/maphash"
	"slices"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Swap is a compare-and-swap of one user's row: Next in place of Old as it was
// loaded. A zero Old inserts Next. Of a user that exists only the sessions, the
// password hash with its UpdatedAt, and the count of failed logins change.
type Swap struct{ Old, Next User }

// errChanged undoes the swaps that were made before the one that failed.
var errChanged = errors.New("the row has changed since it was loaded")

// Swap makes all of the swaps or none, in one atomic change, durable when it
// returns true. swapped = false means that one of the rows has changed since
// it was loaded: load and decide again. A taken username or email of an
// inserted user is [ErrDuplicate]; [Store.Taken] says which.
func (s *Store) Swap(ctx context.Context, swaps ...Swap) (swapped bool, err error) {
	write := s.db.WriteStatement
	if len(swaps) > 1 {
		write = s.db.Write
		swaps = slices.Clone(swaps) // in the order of ids: two callers with the same rows in another order would deadlock on PostgreSQL
		slices.SortFunc(swaps, func(a, b Swap) int { return bytes.Compare(a.Old.ID[:], b.Old.ID[:]) })
	}
	columns := make([]string, len(swaps))
	for i, swap := range swaps { // here and not in the change, where all writers wait
		if columns[i], err = swap.Next.Sessions.encode(); err != nil {
			return false, wrap("encode sessions", err)
		}
	}
	err = write(ctx, func(tx *gorm.DB) error {
		for i, swap := range swaps {
			if err := swap.in(tx, columns[i]); err != nil {
				return err
			}
		}
		return nil
	})
	switch {
	case errors.Is(err, errChanged):
		return false, nil
	case errors.Is(err, gorm.ErrDuplicatedKey):
		return false, ErrDuplicate
	}
	return err == nil, wrap("swap users", err)
}

// same is the condition that the row is as it was loaded. An account that was
// disabled meanwhile is another row, whoever disabled it.
const same = "id = ? AND sessions_version = ? AND (disabled_at IS NOT NULL) = ?"

func (s Swap) in(tx *gorm.DB, sessions string) error {
	if s.Old.ID == uuid.Nil {
		return tx.Create(&s.Next).Error
	}
	var result *gorm.DB
	if s.Next.PasswordHash == s.Old.PasswordHash && s.Next.FailedLogins == s.Old.FailedLogins {
		// The statement of every refresh, written out: for GORM to build it costs
		// 7 to 10 % of a refresh.
		result = tx.Exec("UPDATE users SET refresh_tokens = ?, sessions_version = ? WHERE "+same,
			sessions, s.Old.SessionsVersion+1, s.Old.ID, s.Old.SessionsVersion, s.Old.Disabled())
	} else {
		next := s.Next
		next.SessionsVersion = s.Old.SessionsVersion + 1
		result = tx.Model(&User{}).Where(same, s.Old.ID, s.Old.SessionsVersion, s.Old.Disabled()).
			Select("Sessions", "SessionsVersion", "PasswordHash", "FailedLogins", "UpdatedAt").UpdateColumns(next)
	}
	if result.Error == nil && result.RowsAffected == 0 {
		return errChanged
	}
	return result.Error
}

// Taken reports which of the two names belongs to some user.
func (s *Store) Taken(ctx context.Context, email, username string) (emailTaken, usernameTaken bool, err error) {
	var found []User
	err = s.db.ReadStatement(ctx, func(db *gorm.DB) error {
		return db.Select("email", "username").Where("email = ? OR username = ?", email, username).Find(&found).Error
	})
	for _, u := range found {
		emailTaken = emailTaken || u.Email == email
		usernameTaken = usernameTaken || u.Username == username
	}
	return emailTaken, usernameTaken, wrap("look up names", err)
}

// UserByID returns the user. An unknown id is found = false, not an error.
func (s *Store) UserByID(ctx context.Context, id uuid.UUID) (user User, found bool, err error) {
	return s.oneUser(ctx, "id = ?", id)
}

// UserByEmail is [Store.UserByID] for a normalised email.
func (s *Store) UserByEmail(ctx context.Context, email string) (user User, found bool, err error) {
	return s.oneUser(ctx, "email = ?", email)
}

// UserByUsername is [Store.UserByID] for a normalised username.
func (s *Store) UserByUsername(ctx context.Context, username string) (user User, found bool, err error) {
	return s.oneUser(ctx, "username = ?", username)
}

// userColumns are in the order of userFields.
const userColumns = "id, username, email, full_name, avatar_url, cover_image_url, password_hash, role, " +
	"email_verified_at, disabled_at, failed_logins, created_at, updated_at, refresh_tokens, sessions_version"

func userFields(u *User) []any {
	return []any{
		&u.ID, &u.Username, &u.Email, &u.FullName, &u.AvatarURL, &u.CoverImageURL, &u.PasswordHash, &u.Role,
		&u.EmailVerifiedAt, &u.DisabledAt, &u.FailedLogins, &u.CreatedAt, &u.UpdatedAt, &u.Sessions, &u.SessionsVersion,
	}
}

// oneUser is the query of every sign-in and refresh, written out: for GORM to
// build it and to find the fields costs 5 to 10 % of a refresh.
func (s *Store) oneUser(ctx context.Context, condition string, value any) (user User, found bool, err error) {
	err = s.db.ReadStatement(ctx, func(db *gorm.DB) error {
		rows, err := db.Raw("SELECT "+userColumns+" FROM users WHERE "+condition, value).Rows()
		if err != nil {
			return err
		}
		defer rows.Close()
		if found = rows.Next(); found {
			err = rows.Scan(userFields(&user)...)
		}
		return errors.Join(err, rows.Err())
	})
	return user, found && err == nil, wrap("load user", err)
}

// CountFailedLogin adds one to the user's wrong passwords in a row and returns
// how many there are now, 0 for a user who is gone. The one that reaches lockAt
// moves SessionsVersion too: a [Store.Swap] in flight, of a sign-in or a change
// of password, then loses and has to decide again.
func (s *Store) CountFailedLogin(ctx context.Context, id uuid.UUID, lockAt int) (failed int, err error) {
	var user User
	err = s.db.WriteStatement(ctx, func(tx *gorm.DB) error {
		return tx.Model(&user).
			Clauses(clause.Returning{Columns: []clause.Column{{Name: "failed_logins"}}}).
			Where("id = ?", id).
			UpdateColumns(map[string]any{
				"failed_logins":    gorm.Expr("failed_logins + 1"),
				"sessions_version": gorm.Expr("CASE WHEN failed_logins = ? THEN sessions_version + 1 ELSE sessions_version END", lockAt-1),
			}).Error
	})
	return user.FailedLogins, wrap("count failed login", err)
}

// unknownRows is how many rows unknown_logins has; a migration has made them.
const unknownRows = 256

// CountUnknownLogin is [Store.CountFailedLogin] for a name nobody has: it costs
// as much, so that the time of an answer does not say whether a user exists.
// One name always has the same row: sign-ins with it wait for each other as
// those of a user do, and not for those with other names.
func (s *Store) CountUnknownLogin(ctx context.Context, name string) error {
	row := maphash.String(s.seed, name)%unknownRows + 1
	err := s.db.WriteStatement(ctx, func(tx *gorm.DB) error {
		return tx.Table("unknown_logins").Where("id = ?", row).UpdateColumn("failed_logins", gorm.Expr("failed_logins + 1")).Error
	})
	return wrap("count unknown login", err)
}

// UnlockPassword sets the user's wrong passwords in a row to 0, however many
// there are.
func (s *Store) UnlockPassword(ctx context.Context, id uuid.UUID) error {
	err := s.db.WriteStatement(ctx, func(tx *gorm.DB) error {
		return tx.Model(&User{}).Where("id = ?", id).UpdateColumn("failed_logins", 0).Error
	})
	return wrap("unlock password", err)
}
