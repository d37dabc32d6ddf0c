package admin

import (
	"context"
	"log/slog"

	"github.com/google/uuid"

	"sallyport/auth"
	"sallyport/auth/session"
	"sallyport/internal/apperror"
	"sallyport/internal/mail"
	"sallyport/models"
)

// Disable ends every session of the user and every link that was sent by mail, and
// lets nobody sign in until [Service.Enable]. A user who is disabled already stays
// as they are.
// Errors: CodeNotFound, CodeOwnAccount, CodeLastAdmin, CodeForbidden,
// CodeSessionEnded.
func (s *Service) Disable(ctx context.Context, by Actor, id uuid.UUID) (models.User, error) {
	if err := others(by, id); err != nil {
		return models.User{}, err
	}
	return s.change(ctx, by, id, func(user models.User) (auth.Plan, error) {
		if user.Disabled() {
			return auth.Plan{}, nil
		}
		now := s.Now()
		next := user
		next.DisabledAt, next.Sessions, next.UpdatedAt = &now, nil, now
		plan := auth.One(user, next, did(by, disabled, id))
		plan.Void = []models.Void{{UserID: id}}
		return plan, nil
	})
}

// Enable lets the user sign in again. No session comes back.
// Errors: CodeNotFound, CodeForbidden, CodeSessionEnded.
func (s *Service) Enable(ctx context.Context, by Actor, id uuid.UUID) (models.User, error) {
	return s.change(ctx, by, id, func(user models.User) (auth.Plan, error) {
		if !user.Disabled() {
			return auth.Plan{}, nil
		}
		next := user
		next.DisabledAt, next.Sessions, next.UpdatedAt = nil, nil, s.Now()
		return auth.One(user, next, did(by, enabled, id)), nil
	})
}

// SetRole changes what the user may do, from their next request on: the row counts,
// not the role in a token. Their sessions live on.
// Errors: CodeValidation for role, CodeNotFound, CodeOwnAccount, CodeLastAdmin,
// CodeForbidden, CodeSessionEnded.
func (s *Service) SetRole(ctx context.Context, by Actor, id uuid.UUID, role models.Role) (models.User, error) {
	event := demoted
	switch role {
	case models.RoleUser:
	case models.RoleAdmin:
		event = promoted
	default:
		return models.User{}, apperror.Invalid(apperror.FieldError{Field: "role", Message: `must be "user" or "admin"`})
	}
	if err := others(by, id); err != nil {
		return models.User{}, err
	}
	return s.change(ctx, by, id, func(user models.User) (auth.Plan, error) {
		if user.Role == role {
			return auth.Plan{}, nil
		}
		next := user
		next.Role, next.UpdatedAt = role, s.Now()
		return auth.One(user, next, did(by, event, id)), nil
	})
}

// Unlock lets the password of the user sign in again after too many wrong ones.
// Errors: CodeNotFound, CodeForbidden, CodeSessionEnded.
func (s *Service) Unlock(ctx context.Context, by Actor, id uuid.UUID) (models.User, error) {
	return s.change(ctx, by, id, func(user models.User) (auth.Plan, error) {
		if user.FailedLogins == 0 {
			return auth.Plan{}, nil
		}
		next := user
		next.FailedLogins = 0
		return auth.One(user, next, did(by, unlocked, id)), nil
	})
}

// EndSessions ends every session of the user and returns how many lived.
// Errors: CodeNotFound, CodeForbidden, CodeSessionEnded.
func (s *Service) EndSessions(ctx context.Context, by Actor, id uuid.UUID) (ended int, err error) {
	_, err = s.change(ctx, by, id, func(user models.User) (auth.Plan, error) {
		if ended = len(s.Auth.Listed(user)); len(user.Sessions) == 0 {
			return auth.Plan{}, nil
		}
		next := user
		next.Sessions = nil
		happened := did(by, sessionsEnded, id)
		happened.Details = []slog.Attr{slog.Int("ended", ended)}
		return auth.One(user, next, happened), nil
	})
	return ended, err
}

var errNoSuchSession = &apperror.Error{Code: apperror.CodeNotFound, Message: "no such session"}

// EndSession ends one session of the user.
// Errors: CodeNotFound for the user and for the session, CodeForbidden,
// CodeSessionEnded.
func (s *Service) EndSession(ctx context.Context, by Actor, id, sessionID uuid.UUID) error {
	_, err := s.change(ctx, by, id, func(user models.User) (auth.Plan, error) {
		next := user
		if next.Sessions = session.Without(user.Sessions, sessionID); len(next.Sessions) == len(user.Sessions) {
			return auth.Plan{}, errNoSuchSession
		}
		happened := did(by, sessionEnded, id)
		happened.SessionID = sessionID
		return auth.One(user, next, happened), nil
	})
	return err
}

// SendReset sends the user a link with which they set a new password.
// Errors: CodeNotFound, CodeUserDisabled, CodeMailNotConfigured, those of the
// limiters of mail, CodeForbidden, CodeSessionEnded.
func (s *Service) SendReset(ctx context.Context, by Actor, id uuid.UUID) error {
	user, err := s.User(ctx, id)
	if err != nil {
		return err
	}
	if user.Disabled() { // before a limit counts it: whoever enables the account asks again
		return errUserDisabled
	}
	message, err := s.Auth.Ask(ctx, mail.ResetPassword, user.Email, user, session.Device{})
	if err != nil {
		return err
	}
	_, err = s.change(ctx, by, id, func(user models.User) (auth.Plan, error) {
		if user.Disabled() {
			return auth.Plan{}, errUserDisabled
		}
		message.To = user.Email
		plan := auth.One(user, user, did(by, resetRequested, id))
		plan.Mail = []mail.Message{message}
		return plan, nil
	})
	return err
}

var errUserDisabled = &apperror.Error{Code: apperror.CodeUserDisabled, Message: "this user is disabled and gets no mail: enable the account first"}

// Delete ends the account: the user's row, sessions, activity, links, pictures and
// waiting mail are gone, and the names are free again. What administrators did to
// it is kept. No mail goes out.
// Errors: CodeNotFound, CodeOwnAccount, CodeLastAdmin, CodeForbidden,
// CodeSessionEnded.
func (s *Service) Delete(ctx context.Context, by Actor, id uuid.UUID) error {
	if err := others(by, id); err != nil {
		return err
	}
	var gone models.User
	_, err := s.change(ctx, by, id, func(user models.User) (auth.Plan, error) {
		gone = user
		return auth.One(user, models.User{}, did(by, deleted, id)), nil
	})
	if err == nil {
		s.DropPictures(ctx, gone.AvatarURL, gone.CoverImageURL)
	}
	return err
}
