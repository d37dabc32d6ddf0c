package admin

import (
	"context"
	"log/slog"

	"github.com/google/uuid"

	"sallyport/auth"
	"sallyport/internal/apperror"
	"sallyport/internal/events"
	"sallyport/models"
)

var (
	errForbidden  = &apperror.Error{Code: apperror.CodeForbidden, Message: "only an administrator may do this"}
	errOwnAccount = &apperror.Error{Code: apperror.CodeOwnAccount, Message: "an administrator does not do this to their own account: ask another one"}
)

// change writes what decide makes of the user as they are now. It returns the user
// as they are then. Where decide returns the same user without an event, nothing
// is written.
//
// Whoever acts must be an administrator whose session lives when the change is
// written, not only when it was asked for: their row is loaded here, and the write
// fails where it has changed since (fail closed).
func (s *Service) change(ctx context.Context, by Actor, id uuid.UUID, decide func(user models.User) (auth.Plan, error)) (user models.User, err error) {
	err = s.Auth.Update(ctx, func() (auth.Plan, error) {
		acting, err := s.acting(ctx, by)
		if err != nil {
			return auth.Plan{}, err
		}
		found := false
		if user, found, err = s.Store.UserByID(ctx, id); err != nil {
			return auth.Plan{}, err
		}
		if !found {
			return auth.Plan{}, errNoSuchUser
		}
		plan, err := decide(user)
		if len(plan.Swaps) > 0 {
			user = plan.Swaps[0].Next
		}
		plan.Unchanged = acting
		return plan, err
	})
	user.PasswordHash = ""
	return user, err
}

// acting returns the row of the administrator who acts, or none on the command line.
// Errors: CodeSessionEnded, CodeForbidden.
func (s *Service) acting(ctx context.Context, by Actor) ([]models.User, error) {
	if by.UserID == uuid.Nil {
		return nil, nil
	}
	admin, err := s.Auth.Own(ctx, auth.Identity{User: models.User{ID: by.UserID}, SessionID: by.SessionID})
	if err == nil && !admin.Administers() {
		err = errForbidden
	}
	return []models.User{admin}, err
}

// Allow lets an administrator through, as their row is now: the role in a token
// does not count.
// Errors: CodeForbidden.
func (s *Service) Allow(ctx context.Context, who auth.Identity) error {
	if who.User.Administers() {
		return nil
	}
	refused.Log(ctx, s.Log, slog.String("userId", who.User.ID.String()), slog.String("sessionId", who.SessionID.String()))
	return errForbidden
}

// others fails where the user is the one who acts.
func others(by Actor, id uuid.UUID) error {
	if by.UserID == id {
		return errOwnAccount
	}
	return nil
}

// did is an event that the actor has caused.
func did(by Actor, e events.Event, user uuid.UUID) auth.Happened {
	return auth.Happened{Event: e, UserID: user, By: &by}
}
