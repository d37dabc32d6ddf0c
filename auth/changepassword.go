package auth

import (
	"context"
	"log/slog"
	"sync"

	"github.com/google/uuid"

	"sallyport/auth/token"
	"sallyport/internal/mail"
	"sallyport/models"
)

// PasswordChange is what a signed-in user gives to get another password.
type PasswordChange struct {
	Old string
	New string
}

// The fields of a PasswordChange by the names its errors use.
const (
	fieldOldPassword = "oldPassword"
	fieldNewPassword = "newPassword"
)

// ChangePassword sets a new password and ends every session of the user
// (OWASP ASVS 7.4.3). The present one is renewed, which here means replaced by
// a new session under a new id: were its id kept, a stolen access token of it
// would outlive the change that was made because of the theft.
//
// Password and sessions change in one compare-and-swap, so of two changes that
// prove the same old password one wins, and neither a refresh nor a sign-in in
// flight keeps a session past it.
//
// A wrong old password counts like one at sign-in: a stolen session must not be
// a way to guess the password.
// Errors: CodeValidation for oldPassword and newPassword, CodeSessionEnded when
// the present session is gone by the time of the write, CodeTooBusy, those of
// the limiter.
func (s *Service) ChangePassword(ctx context.Context, who Identity, change PasswordChange) (grant Grant, err error) {
	next, err := s.checkedChange(ctx, who.User, change)
	if err != nil {
		return Grant{}, err
	}
	err = s.WithPassword(ctx, who, fieldOldPassword, change.Old, func(prove func() (models.User, error)) (err error) {
		grant, err = s.changeChecked(ctx, who, prove, next)
		return err
	})
	return grant, err
}

func (s *Service) changeChecked(ctx context.Context, who Identity, prove func() (models.User, error), password string) (Grant, error) {
	var user models.User // as it was when its password was proven
	var hash string
	renewed := s.sessions.New(uuid.New(), token.NewID(), who.Device, s.now())
	notice := sync.OnceValues(func() ([]mail.Message, error) { return s.Notice(ctx, mail.PasswordChanged, user, who.Device) })
	err := s.Update(ctx, func() (_ Plan, err error) {
		if user, err = prove(); err != nil {
			return Plan{}, err
		}
		if hash == "" {
			if hash, err = s.hasher.Hash(ctx, password); err != nil {
				return Plan{}, hashing(err)
			}
		}
		next := user
		next.Sessions, next.PasswordHash, next.FailedLogins, next.UpdatedAt = models.Sessions{renewed}, hash, 0, s.now()
		plan := One(user, next, Happened{
			Event: passwordChanged, UserID: user.ID, SessionID: renewed.ID, Device: who.Device,
			Details: []slog.Attr{slog.Int("ended", len(s.sessions.Live(user.Sessions, s.now())))},
		})
		plan.Void = []models.Void{{UserID: user.ID}}
		plan.Mail, err = notice()
		return plan, err
	})
	if err != nil {
		return Grant{}, err
	}
	return s.issue(user, renewed)
}

// checkedChange returns the new password as it will be hashed.
func (s *Service) checkedChange(ctx context.Context, user models.User, change PasswordChange) (string, error) {
	var bad fieldErrors
	if change.Old == "" {
		bad.check(fieldOldPassword, "is required")
	}
	next, message, err := s.newPassword(ctx, change.New, user.Username, user.Email, user.FullName)
	if err != nil {
		return "", err
	}
	if old, _ := canonicalPassword(change.Old); message == "" && next == old {
		message = "must differ from the old one"
	}
	bad.check(fieldNewPassword, message)
	return next, bad.err()
}
