// Package account is what belongs to a person once proven: the profile, the email
// address, the pictures, the activity, and the end of the account. Most callers
// need [New] and the methods of [Service]. It knows no HTTP; it may import auth,
// models and the packages under internal.
package account

import (
	"context"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"sallyport/auth"
	"sallyport/internal/media"
	"sallyport/models"
)

// Store is where accounts are read. *models.Store is one; what is written goes
// through auth.
type Store interface {
	// UserByID loads one user. If there is none, it returns found = false, not an
	// error.
	UserByID(ctx context.Context, id uuid.UUID) (user models.User, found bool, err error)
	// Taken reports which of the two names belongs to somebody else at now.
	Taken(ctx context.Context, names models.Names, now time.Time) (email, username bool, err error)
	// ActivityOf returns up to limit events of the user, the newest first: those
	// older than the one with the id before, or all where that is zero.
	ActivityOf(ctx context.Context, userID, before uuid.UUID, limit int) ([]models.Activity, error)
}

// Options is what a [Service] is built from. Every field is needed.
type Options struct {
	Auth      *auth.Service
	Store     Store
	HasLocale func(locale string) bool // reports whether there is mail in that language
	Processor *media.Processor
	Pictures  PictureStore
	// Background runs what no answer waits for.
	Background func(task func())
	Now        func() time.Time
	Log        *slog.Logger
}

// Service is the use cases. It is safe for concurrent use.
type Service struct{ Options }

// New returns the Service of these options.
func New(o Options) *Service {
	now := o.Now
	o.Now = func() time.Time { return now().UTC().Truncate(time.Microsecond) }
	return &Service{o}
}
