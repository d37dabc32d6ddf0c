package auth

import (
	"context"
	"log/slog"

	"sallyport/auth/names"
	"sallyport/auth/session"
	"sallyport/internal/apperror"
	"sallyport/internal/mail"
	"sallyport/models"
)

// ForgotPassword sends a link to reset the password of the account with this
// address, if there is one: nobody learns whether there is. Its one write is the
// same for every address, and the account is looked up when the mail is sent
// (OWASP ASVS 6.3.8, 6.4.3).
// Errors: CodeValidation, CodeMailNotConfigured, those of the limiters.
func (s *Service) ForgotPassword(ctx context.Context, email string, device session.Device) error {
	if err := s.AskByAddress(ctx, mail.ResetPassword, email, device); err != nil {
		return err
	}
	resetRequested.Log(ctx, s.log)
	return nil
}

// AskByAddress sends a message to whoever has this address, if anybody has. It
// costs the same for every address.
// Errors: CodeValidation, CodeMailNotConfigured, those of the limiters.
func (s *Service) AskByAddress(ctx context.Context, kind mail.Kind, email string, device session.Device) error {
	var bad fieldErrors
	email, problem := names.Email(email)
	bad.check("email", problem)
	if err := bad.err(); err != nil {
		return err
	}
	message, err := s.Ask(ctx, kind, email, models.User{}, device)
	if err != nil {
		return err
	}
	return s.Update(ctx, func() (Plan, error) {
		return Plan{Change: models.Change{Mail: []mail.Message{message}}}, nil
	})
}

// PasswordReset is what somebody gives who has lost the password.
type PasswordReset struct {
	Token string // of the link
	New   string
}

// ResetPassword sets a new password for whoever reads the mail of the account.
// It ends every session, unlocks the password and signs in nobody (OWASP ASVS
// 6.4.3, 7.4.3). Reading the mail verifies the address. Whoever had registered an
// address without verifying it keeps nothing of the account: their sessions, their
// password, their pictures, their name and their activity are gone (ATTACKS 27). The
// username and the language are what they chose until the owner changes them.
// Errors: CodeValidation for token and newPassword, CodeLinkInvalid,
// CodeLinkExpired, CodeTooBusy.
func (s *Service) ResetPassword(ctx context.Context, reset PasswordReset, device session.Device) error {
	_, user, err := s.Link(ctx, reset.Token, models.ResetPassword)
	if err != nil {
		return err
	}
	hash, err := s.hashNew(ctx, reset.New, user)
	if err != nil {
		return err
	}
	notice, err := s.Notice(ctx, mail.PasswordChanged, user, device)
	if err != nil {
		return err
	}
	return s.Update(ctx, func() (Plan, error) {
		link, user, err := s.Link(ctx, reset.Token, models.ResetPassword)
		if err != nil {
			return Plan{}, err
		}
		now := s.now()
		next := user
		next.PasswordHash, next.FailedLogins, next.Sessions, next.UpdatedAt = hash, 0, nil, now
		plan := One(user, next, Happened{
			Event: passwordReset, UserID: user.ID, Device: device,
			Details: []slog.Attr{slog.Int("ended", len(s.sessions.Live(user.Sessions, now)))},
		})
		if !user.Verified() {
			own := &plan.Swaps[0].Next
			own.EmailVerifiedAt, own.FullName, own.AvatarURL, own.CoverImageURL = &now, user.Username, "", ""
			plan.Forget = append(plan.Forget, user.ID)
		}
		plan.Spend, plan.Void, plan.Mail = link.TokenHash, []models.Void{{UserID: user.ID}}, notice
		return plan, nil
	})
}

// hashNew returns the hash of a new password of the user.
func (s *Service) hashNew(ctx context.Context, raw string, user models.User) (hash string, err error) {
	accepted, problem, err := s.newPassword(ctx, raw, user.Username, user.Email, user.FullName)
	if err != nil {
		return "", err
	}
	if problem != "" {
		return "", apperror.Invalid(apperror.FieldError{Field: fieldNewPassword, Message: problem})
	}
	hash, err = s.hasher.Hash(ctx, accepted)
	return hash, hashing(err)
}
