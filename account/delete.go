package account

import (
	"context"

	"sallyport/auth"
	"sallyport/internal/mail"
	"sallyport/models"
)

// Delete ends the account: the user's row, sessions, activity, links, pictures and
// waiting mail are gone, the names are free again, and one farewell goes out.
// Errors: CodeValidation for password, CodeSessionEnded, CodeTooBusy, those of the
// limiter.
func (s *Service) Delete(ctx context.Context, who auth.Identity, password string) error {
	return s.Auth.WithPassword(ctx, who, "password", password, func(prove func() (models.User, error)) error {
		user, err := prove()
		if err != nil {
			return err
		}
		farewell, err := s.Auth.Notice(ctx, mail.AccountDeleted, user, who.Device)
		if err != nil {
			return err
		}
		err = s.Auth.Update(ctx, func() (auth.Plan, error) {
			if user, err = prove(); err != nil {
				return auth.Plan{}, err
			}
			plan := auth.One(user, models.User{}, happened(accountDeleted, who))
			plan.Mail = farewell
			return plan, nil
		})
		if err == nil {
			s.DropPictures(ctx, user.AvatarURL, user.CoverImageURL)
		}
		return err
	})
}
