package account

import (
	"context"
	"errors"
	"sync"

	"sallyport/auth"
	"sallyport/auth/names"
	"sallyport/auth/session"
	"sallyport/internal/apperror"
	"sallyport/internal/mail"
	"sallyport/models"
)

// ResendVerification sends a link that verifies this address, if it is that of an
// account and not verified yet: nobody learns whether it is.
// Errors: CodeValidation, CodeMailNotConfigured, those of the limiters.
func (s *Service) ResendVerification(ctx context.Context, email string, device session.Device) error {
	return s.Auth.AskByAddress(ctx, mail.VerifyEmail, email, device)
}

// EmailChange is what a signed-in user gives to have another address.
type EmailChange struct {
	Password string
	Email    string
}

// ChangeEmail sends a link to the new address, which takes the place of the present
// one when it is opened, and a notice to the present one. Until then the present one
// signs in and recovers. An address that is another user's gets the same answer
// as a free one, and no mail.
// Errors: CodeValidation for password and email, CodeSessionEnded, CodeTooBusy,
// CodeMailNotConfigured, those of the limiters.
func (s *Service) ChangeEmail(ctx context.Context, who auth.Identity, change EmailChange) error {
	email, problem := names.Email(change.Email)
	if problem == "" && email == who.User.Email {
		problem = "is your address already"
	}
	if problem != "" {
		return apperror.Invalid(apperror.FieldError{Field: "email", Message: problem})
	}
	return s.Auth.WithPassword(ctx, who, "password", change.Password, func(prove func() (models.User, error)) error {
		user, err := prove()
		if err != nil {
			return err
		}
		link, err := s.Auth.Ask(ctx, mail.ChangeEmail, email, user, who.Device)
		if err != nil {
			return err
		}
		notice, err := s.Auth.Notice(ctx, mail.EmailChangeRequested, user, who.Device)
		if err != nil {
			return err
		}
		return s.Auth.Update(ctx, func() (auth.Plan, error) {
			user, err := prove()
			if err != nil {
				return auth.Plan{}, err
			}
			plan := auth.One(user, user, happened(emailChangeRequested, who)) // a swap: it loses to a change of password in flight
			plan.Mail = append(notice, link)
			return plan, nil
		})
	})
}

// Verified is what a link has done to the address of an account.
type Verified struct {
	Email   string
	Already bool // the link had been opened before
	Changed bool // the address took the place of another one
}

// VerifyEmail proves that whoever holds the token reads the mail of the address it
// was sent to: it is verified, or takes the place of the present one. It acts for
// the account of the token alone, whoever is signed in.
// Errors: CodeValidation, CodeLinkInvalid, also where the address has become
// another user's meanwhile, CodeLinkExpired.
func (s *Service) VerifyEmail(ctx context.Context, token string, device session.Device) (done Verified, err error) {
	var replaced models.User
	undo := sync.OnceValues(func() (models.Change, error) { return s.Auth.Undoable(replaced, device) })
	err = s.Auth.Update(ctx, func() (auth.Plan, error) {
		link, user, err := s.Auth.Link(ctx, token, models.VerifyEmail, models.ChangeEmail)
		if verifies(link) && user.Verified() && user.Email == link.Email {
			done = Verified{Email: link.Email, Already: true}
			return auth.Plan{}, nil
		}
		if err != nil {
			return auth.Plan{}, err
		}
		done = Verified{Email: link.Email, Changed: link.Purpose == models.ChangeEmail}
		plan := s.verified(user, link, device)
		if done.Changed && user.Verified() { // an address that was never verified does not come back
			replaced = user
			var change models.Change
			change, err = undo()
			plan.Mail, plan.Reserve = change.Mail, change.Reserve
		}
		return plan, err
	})
	if errors.Is(err, models.ErrDuplicate) {
		err = auth.ErrLinkInvalid
	}
	return done, err
}

// verifies reports whether the link has, or had, something to do with verifying.
func verifies(link models.OneTimeToken) bool {
	return link.Purpose == models.VerifyEmail || link.Purpose == models.ChangeEmail
}

// verified is the plan that makes the address of the link the user's.
func (s *Service) verified(user models.User, link models.OneTimeToken, device session.Device) auth.Plan {
	now := s.Now()
	next := user
	next.Email, next.EmailVerifiedAt, next.UpdatedAt = link.Email, &now, now
	event := emailVerified
	var void []models.Void
	if link.Purpose == models.ChangeEmail {
		event, void = emailChanged, []models.Void{{UserID: user.ID}}
	}
	plan := auth.One(user, next, auth.Happened{Event: event, UserID: user.ID, Device: device})
	plan.Spend, plan.Void = link.TokenHash, void
	return plan
}

// UndoEmailChange gives the account back to the address that was replaced. Whoever
// replaced it knew the password: every session ends, newer links die, and the
// password opens nothing until it is reset by the link that goes to the address.
// Errors: CodeValidation, CodeLinkInvalid, CodeLinkExpired, CodeTooBusy.
func (s *Service) UndoEmailChange(ctx context.Context, token string, device session.Device) (email string, err error) {
	link, user, err := s.Auth.Link(ctx, token, models.UndoEmail)
	if err != nil {
		return "", err
	}
	hash, err := s.Auth.UnknownPassword(ctx)
	if err != nil {
		return "", err
	}
	reset, err := s.Auth.Owed(mail.ResetPassword, link.Email, user, device)
	if err != nil {
		return "", err
	}
	err = s.Auth.Update(ctx, func() (auth.Plan, error) {
		link, user, err := s.Auth.Link(ctx, token, models.UndoEmail)
		if err != nil {
			return auth.Plan{}, err
		}
		now := s.Now()
		next := user
		next.PasswordHash, next.Email, next.EmailVerifiedAt, next.UpdatedAt, next.Sessions = hash, link.Email, &now, now, nil
		plan := auth.One(user, next, auth.Happened{Event: emailChangeUndone, UserID: user.ID, Device: device})
		plan.Spend, plan.Void, plan.Mail = link.TokenHash, []models.Void{{UserID: user.ID, UndoSince: &link.CreatedAt}}, reset
		return plan, nil
	})
	return link.Email, err
}
