package auth

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"sallyport/internal/apperror"
	"sallyport/models"
)

// Registration is what a new user tells.
type Registration struct {
	FullName string
	Username string
	Email    string
	Password string
}

// Register creates the user and signs them in.
// Errors: CodeValidation with every bad field, CodeEmailTaken,
// CodeUsernameTaken, CodeTooBusy.
func (s *Service) Register(ctx context.Context, r Registration, device Device) (models.User, Grant, error) {
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
	user, session, err := s.newUser(r, hash, device)
	if err != nil {
		return models.User{}, Grant{}, err
	}
	err = s.store.CreateUser(ctx, &user)
	if errors.Is(err, models.ErrDuplicate) { // another request took the name meanwhile
		err = errors.Join(s.refuseTaken(ctx, r), err)
	}
	if err != nil {
		return models.User{}, Grant{}, err
	}
	s.tell(ctx, registered, user.ID, session.ID, factors)
	grant, err := s.grant(user, session)
	return user, grant, err
}

// newUser makes the row with its first session in it: one insert registers and
// signs in, or neither.
func (s *Service) newUser(r Registration, hash string, device Device) (models.User, models.Session, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return models.User{}, models.Session{}, err
	}
	session := newSession(device, s.now(), s.policy)
	return models.User{
		ID:           id,
		Username:     r.Username,
		Email:        r.Email,
		FullName:     r.FullName,
		PasswordHash: hash,
		Role:         models.RoleUser,
		Sessions:     []models.Session{session},
	}, session, nil
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

func (s *Service) refuseTaken(ctx context.Context, r Registration) error {
	emailTaken, usernameTaken, err := s.store.Taken(ctx, r.Email, r.Username)
	if err != nil {
		return err
	}
	var taken []apperror.FieldError
	code, message := apperror.CodeUsernameTaken, "username is taken"
	if usernameTaken {
		taken = append(taken, apperror.FieldError{Field: "username", Message: "is taken"})
	}
	if emailTaken {
		code, message = apperror.CodeEmailTaken, "a user with this email exists"
		taken = append(taken, apperror.FieldError{Field: "email", Message: "belongs to another account"})
	}
	if len(taken) == 0 {
		return nil
	}
	return &apperror.Error{Code: code, Message: message, Fields: taken}
}
