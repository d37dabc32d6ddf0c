// Package models holds the data: the types GORM maps, every query the program
// makes, and the migrations. Most callers need [Open] and the methods of
// [Store]. It imports no other package of the program.
package models

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sallyport/internal/apperror"

	"github.com/google/uuid"
	"golang.org/x/sync/semaphore"
	"gorm.io/gorm"
)

// ErrDuplicate says that a row with the same unique value exists already.
var ErrDuplicate = errors.New("duplicate value")

// Store is the database. It is safe for concurrent use. On SQLite writes go
// through one connection and reads through others; on PostgreSQL both are the
// same pool. Every method fails with [apperror.CodeUnavailable] while the
// database cannot serve; a write that failed with it may have happened.
type Store struct {
	driver  Driver
	write   *gorm.DB
	read    *gorm.DB
	readers *semaphore.Weighted // nil on PostgreSQL; one for each reading connection
	commits *commits            // nil on PostgreSQL, which has its own group commit
}

// Ping reports whether the database answers reads.
func (s *Store) Ping(ctx context.Context) error {
	pool, err := s.read.DB()
	if err != nil {
		return err
	}
	var one int
	return pool.QueryRowContext(ctx, "SELECT 1").Scan(&one)
}

// Close closes every connection after the statements in flight are done.
func (s *Store) Close() error {
	err := closePool(s.read)
	if s.commits == nil {
		return err
	}
	s.commits.close()
	return errors.Join(err, closePool(s.write))
}

func closePool(db *gorm.DB) error {
	pool, err := db.DB()
	if err != nil {
		return err
	}
	return pool.Close()
}

// CreateUser inserts the user, filling CreatedAt and UpdatedAt. A taken
// username or email is [ErrDuplicate]; [Store.Taken] tells which.
func (s *Store) CreateUser(ctx context.Context, user *User) error {
	_, err := s.change(ctx, func(db *gorm.DB) *gorm.DB { return db.Create(user) })
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return ErrDuplicate
	}
	return wrap("create user", err)
}

// Taken reports which of the two names belongs to some user.
func (s *Store) Taken(ctx context.Context, email, username string) (emailTaken, usernameTaken bool, err error) {
	db, done, err := s.reader(ctx)
	if err != nil {
		return false, false, wrap("look up names", err)
	}
	defer done()
	var found []User
	err = db.Select("email", "username").
		Where("email = ? OR username = ?", email, username).Find(&found).Error
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
// build it and to find the fields would cost more than to run it.
func (s *Store) oneUser(ctx context.Context, condition string, value any) (user User, found bool, err error) {
	db, done, err := s.reader(ctx)
	if err != nil {
		return User{}, false, wrap("load user", err)
	}
	defer done()
	rows, err := db.Raw("SELECT "+userColumns+" FROM users WHERE "+condition, value).Rows()
	if err != nil {
		return User{}, false, wrap("load user", err)
	}
	defer rows.Close()
	if found = rows.Next(); found {
		err = rows.Scan(userFields(&user)...)
	}
	err = errors.Join(err, rows.Err())
	return user, found && err == nil, wrap("load user", err)
}

// ReplaceSessions writes next in place of the sessions that user was loaded
// with. swapped = false means that another write came first and nothing was
// changed: load the user again and decide again. The write is durable when it
// returns.
func (s *Store) ReplaceSessions(ctx context.Context, user User, next []Session) (swapped bool, err error) {
	column, err := Sessions(next).Value() // here, not where all writers wait
	if err != nil {
		return false, wrap("encode sessions", err)
	}
	rows, err := s.change(ctx, func(db *gorm.DB) *gorm.DB { // the statement of every refresh: to build it would cost more than to run it
		return db.Exec("UPDATE users SET refresh_tokens = ?, sessions_version = ? WHERE id = ? AND sessions_version = ?",
			column, user.SessionsVersion+1, user.ID, user.SessionsVersion)
	})
	return rows == 1, wrap("replace sessions", err)
}

// ReplacePasswordHash writes next in place of the hash that user was loaded
// with; swapped = false means that the password changed meanwhile.
func (s *Store) ReplacePasswordHash(ctx context.Context, user User, next string) (swapped bool, err error) {
	rows, err := s.change(ctx, func(db *gorm.DB) *gorm.DB {
		return db.Model(&User{}).
			Where("id = ? AND password_hash = ?", user.ID, user.PasswordHash).
			UpdateColumn("password_hash", next)
	})
	return rows == 1, wrap("replace password hash", err)
}

// ReplacePassword writes hash and next in place of the password hash and the
// sessions that user was loaded with, in one statement; swapped = false means
// that either changed meanwhile and nothing was written. The write is durable
// when it returns.
func (s *Store) ReplacePassword(ctx context.Context, user User, hash string, next []Session) (swapped bool, err error) {
	rows, err := s.change(ctx, func(db *gorm.DB) *gorm.DB {
		return db.Model(&User{}).
			Where("id = ? AND sessions_version = ? AND password_hash = ?", user.ID, user.SessionsVersion, user.PasswordHash).
			Select("PasswordHash", "Sessions", "SessionsVersion", "UpdatedAt").
			UpdateColumns(User{PasswordHash: hash, Sessions: next, SessionsVersion: user.SessionsVersion + 1, UpdatedAt: now()})
	})
	return rows == 1, wrap("replace password", err)
}

// reader returns the database for one read, which must be over when done is
// called. On SQLite the read cannot be interrupted, only the wait for a turn
// can: what makes a statement interruptible costs more than most statements,
// and where the disk hangs it does not help.
func (s *Store) reader(ctx context.Context) (db *gorm.DB, done func(), err error) {
	if s.readers == nil {
		ctx, cancel := patiently(ctx)
		return s.read.WithContext(ctx), cancel, nil
	}
	if !s.readers.TryAcquire(1) {
		ctx, cancel := patiently(ctx)
		defer cancel()
		if err := s.readers.Acquire(ctx, 1); err != nil {
			return nil, nil, err
		}
	}
	return s.read.WithContext(context.WithoutCancel(ctx)), func() { s.readers.Release(1) }, nil
}

// change runs one write and returns how many rows it changed. On SQLite it
// shares its commit with the writes that arrive meanwhile; write may run twice
// there, and nothing of the first time stays.
func (s *Store) change(ctx context.Context, write func(*gorm.DB) *gorm.DB) (rows int64, err error) {
	if s.commits != nil {
		return s.commits.do(ctx, write)
	}
	ctx, cancel := patiently(ctx)
	defer cancel()
	result := write(s.write.WithContext(ctx))
	return result.RowsAffected, result.Error
}

// wrap says what the store was doing, and whether it may work later.
func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	if unavailable(err) {
		return fmt.Errorf("%s: %w", doing, apperror.Unavailable(err))
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// now is the time both databases can store: UTC, in whole microseconds.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
