// Package admin is what an administrator does to the accounts of others. The API
// and the commands call it. Most callers need [New] and the methods of [Service].
// It knows no HTTP; it may import auth, models and the packages under internal.
//
// No method returns or takes a password, but Create: an administrator can neither
// see nor set the password of an account that exists.
package admin

import (
	"context"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"sallyport/auth"
	"sallyport/models"
)

// Store is where administrators look. *models.Store is one; what is written goes
// through auth.
type Store interface {
	// UserByID, UserByEmail and UserByUsername load one user. If there is
	// none, they return found = false, not an error.
	UserByID(ctx context.Context, id uuid.UUID) (user models.User, found bool, err error)
	UserByEmail(ctx context.Context, email string) (user models.User, found bool, err error)
	UserByUsername(ctx context.Context, username string) (user models.User, found bool, err error)
	// Users lists users, the newest first, without their sessions and hashes.
	Users(ctx context.Context, f models.UserFilter) ([]models.User, error)
	// Events lists security events of everybody, the newest first.
	Events(ctx context.Context, f models.EventFilter) ([]models.Event, error)
	// Usernames returns the usernames of those of the users who exist.
	Usernames(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]string, error)
}

// Options is what a [Service] is built from. Every field is needed.
type Options struct {
	Auth  *auth.Service
	Store Store
	// DropPictures deletes pictures that no row names any more. Where it does
	// nothing, the sweep of a running server deletes them.
	DropPictures func(ctx context.Context, names ...string)
	Now          func() time.Time
	Log          *slog.Logger
}

// Service is the use cases. It is safe for concurrent use.
type Service struct{ Options }

// New returns the Service of these options.
func New(o Options) *Service {
	now := o.Now
	o.Now = func() time.Time { return now().UTC().Truncate(time.Microsecond) }
	return &Service{o}
}

// Actor is who acts: an administrator with a session, or, without a UserID, whoever
// runs a command on the machine.
type Actor = auth.Actor
