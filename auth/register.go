package auth

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"sallyport/auth/token"
	"sallyport/internal/apperror"
	"sallyport/models"
)

// Registration is what a new user enters.
type Registration struct {
	FullName string
	Username string
	Email    string
	Password string
}

// Register creates the user and signs the client in, which ends the sessions
// that it came with, all in one write.
// Errors: CodeValidation with every bad field, CodeEmailTaken,
// CodeUsernameTaken, CodeTooBusy.
func (s *Service) Register(ctx context.Context, r Registration, client Client) (models.User, Grant, error) {
	r, err := s.checked(ctx, r)
	if err != nil {
		return models.User{}, Grant{}, err
	}
	if err := s.refuseTaken(ctx, r); err != nil { // before hashing: a taken name should cost little
		return models.User{}, Grant{}, err
	}
	hash, err := s.hasher.Hash(ctx, r.Password)
	if err != nil {
		return models.User{}, Grant{}, hashing(err)
	}
	user, err := s.newUser(r, hash, client)
	if err != nil {
		return models.User{}, Grant{}, err
	}
	if err := s.create(ctx, user, client); err != nil {
		if errors.Is(err, models.ErrDuplicate) { // another request took the name meanwhile
			err = errors.Join(s.refuseTaken(ctx, r), err)
		}
		return models.User{}, Grant{}, err
	}
	grant, err := s.issue(user, user.Sessions[0])
	return user, grant, err
}

// newUser returns the row with its first session in it.
func (s *Service) newUser(r Registration, hash string, client Client) (models.User, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return models.User{}, err
	}
	now := s.now()
	return models.User{
		ID:           id,
		Username:     r.Username,
		Email:        r.Email,
		FullName:     r.FullName,
		PasswordHash: hash,
		Role:         models.RoleUser,
		CreatedAt:    now,
		UpdatedAt:    now,
		Sessions:     models.Sessions{s.sessions.New(uuid.New(), token.NewID(), client.Device, now)},
	}, nil
}

func (s *Service) create(ctx context.Context, user models.User, client Client) error {
	former := s.sessionsOf(client)
	var swaps []models.Swap
	err := s.update(ctx, func() (_ []models.Swap, err error) {
		swaps, err = s.ending(ctx, former, models.Swap{Next: user})
		return swaps, err
	})
	if err == nil {
		s.record(ctx, registered, user.ID, user.Sessions[0].ID, factors)
		s.recordEnded(ctx, swaps, former)
	}
	return err
}

func (s *Service) checked(ctx context.Context, r Registration) (Registration, error) {
	var bad fieldErrors
	var message string
	r.FullName, message = normalizeFullName(r.FullName)
	bad.check("fullName", message)
	r.Username, message = normalizeUsername(r.Username)
	bad.check("username", message)
	r.Email, message = normalizeEmail(r.Email)
	bad.check("email", message)
	var err error
	r.Password, message, err = s.newPassword(ctx, r.Password, r.Username, r.Email, r.FullName)
	if err != nil {
		return r, err
	}
	bad.check("password", message)
	return r, bad.err()
}

// refuseTaken returns an error that lists every name that is taken. An error has
// one code: where both are, it is that of the email, which more clients act on
// (they offer to sign in).
func (s *Service) refuseTaken(ctx context.Context, r Registration) error {
	emailTaken, usernameTaken, err := s.store.Taken(ctx, r.Email, r.Username)
	if err != nil {
		return err
	}
	username := apperror.FieldError{Field: "username", Message: "is taken"}
	email := apperror.FieldError{Field: "email", Message: "belongs to another account"}
	switch {
	case emailTaken && usernameTaken:
		return taken(apperror.CodeEmailTaken, "a user with this email exists, and the username is taken", username, email)
	case emailTaken:
		return taken(apperror.CodeEmailTaken, "a user with this email exists", email)
	case usernameTaken:
		return taken(apperror.CodeUsernameTaken, "username is taken", username)
	}
	return nil
}

func taken(code apperror.Code, message string, fields ...apperror.FieldError) error {
	return &apperror.Error{Code: code, Message: message, Fields: fields}
}
