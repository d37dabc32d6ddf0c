package admin

import (
	"context"

	"sallyport/auth"
	"sallyport/internal/apperror"
	"sallyport/models"
)

// NewUser is an account to create.
type NewUser struct {
	FullName string
	Username string
	Email    string
	Password string
	Role     models.Role // "" is that of a user
	Locale   string      // of mail; "" is the default
	Verified bool        // the email is known to be the user's
}

// Create creates an account that nobody is signed in to. It sends no mail.
// Errors: CodeValidation with every bad field, CodeEmailTaken, CodeUsernameTaken,
// CodeTooBusy, CodeForbidden, CodeSessionEnded.
func (s *Service) Create(ctx context.Context, by Actor, n NewUser) (models.User, error) {
	if n.Role != "" && n.Role != models.RoleUser && n.Role != models.RoleAdmin {
		return models.User{}, apperror.Invalid(apperror.FieldError{Field: "role", Message: `must be "user" or "admin"`})
	}
	user, err := s.Auth.NewUser(ctx, auth.Registration{FullName: n.FullName, Username: n.Username, Email: n.Email, Password: n.Password, Locale: n.Locale})
	if err != nil {
		return user, err
	}
	if n.Role != "" {
		user.Role = n.Role
	}
	if n.Verified {
		user.EmailVerifiedAt = &user.CreatedAt
	}
	err = s.Auth.Update(ctx, func() (auth.Plan, error) {
		acting, err := s.acting(ctx, by)
		plan := auth.One(models.User{}, user, did(by, created, user.ID))
		plan.Unchanged = acting
		return plan, err
	})
	user.PasswordHash = ""
	return user, s.Auth.TakenMeanwhile(ctx, user, err)
}
