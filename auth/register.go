package auth

import (
	"context"
	"errors"
	"log/slog"

	"github.com/google/uuid"

	"sallyport/auth/names"
	"sallyport/auth/session"
	"sallyport/auth/token"
	"sallyport/internal/apperror"
	"sallyport/internal/mail"
	"sallyport/models"
)

// Registration is what a new user enters.
type Registration struct {
	FullName string
	Username string
	Email    string
	Password string
	Locale   string // of mail to the user; a BCP 47 tag
	// Names of pictures that are stored already; "" for none.
	Avatar, CoverImage string
}

// Register creates the user and signs the client in, which ends the sessions
// that it came with, and writes the mail that verifies the email, all at once.
// Where emails must be verified first it signs in nobody, and the grant is zero.
// Errors: CodeValidation with every bad field, CodeEmailTaken,
// CodeUsernameTaken, CodeTooBusy.
func (s *Service) Register(ctx context.Context, r Registration, client Client) (user models.User, grant Grant, err error) {
	if user, err = s.NewUser(ctx, r); err != nil {
		return user, grant, err
	}
	if !s.mustVerify {
		user.Sessions = models.Sessions{s.sessions.New(uuid.New(), token.NewID(), client.Device, user.CreatedAt)}
	}
	if err = s.TakenMeanwhile(ctx, user, s.create(ctx, user, client)); err != nil {
		return user, grant, err
	}
	if s.mustVerify {
		return user, grant, nil
	}
	grant, err = s.issue(user, user.Sessions[0])
	return user, grant, err
}

// NewUser returns the user of the registration, who does not exist yet.
// Errors: CodeValidation with every bad field, CodeEmailTaken,
// CodeUsernameTaken, CodeTooBusy.
func (s *Service) NewUser(ctx context.Context, r Registration) (models.User, error) {
	r, err := s.checked(ctx, r)
	if err != nil {
		return models.User{}, err
	}
	names := models.Names{Email: r.Email, Username: r.Username}
	if err := s.refuseTaken(ctx, names); err != nil { // before hashing: a taken name should cost little
		return models.User{}, err
	}
	hash, err := s.hasher.Hash(ctx, r.Password)
	if err != nil {
		return models.User{}, hashing(err)
	}
	id, err := uuid.NewV7()
	now := s.now()
	return models.User{
		ID:            id,
		Username:      r.Username,
		Email:         r.Email,
		FullName:      r.FullName,
		AvatarURL:     r.Avatar,
		CoverImageURL: r.CoverImage,
		PasswordHash:  hash,
		Role:          models.RoleUser,
		Locale:        r.Locale,
		CreatedAt:     now,
		UpdatedAt:     now,
	}, err
}

// TakenMeanwhile turns the error of the write that creates the user into the answer:
// another one may have taken a name since [Service.NewUser].
func (s *Service) TakenMeanwhile(ctx context.Context, user models.User, err error) error {
	if errors.Is(err, models.ErrDuplicate) {
		err = errors.Join(s.refuseTaken(ctx, models.Names{Email: user.Email, Username: user.Username}), err)
	}
	return err
}

func (s *Service) create(ctx context.Context, user models.User, client Client) error {
	welcome, err := s.welcome(ctx, user, client.Device)
	if err != nil {
		return err
	}
	happened := Happened{Event: registered, UserID: user.ID, Device: client.Device, Details: []slog.Attr{factors}}
	var former []named
	if len(user.Sessions) > 0 {
		happened.SessionID, former = user.Sessions[0].ID, s.sessionsOf(client)
	}
	return s.Update(ctx, func() (Plan, error) {
		swaps, err := s.ending(ctx, former, models.Swap{Next: user})
		events := append([]Happened{happened}, s.ended(swaps, former, client.Device)...)
		return Plan{models.Change{Swaps: swaps, Mail: welcome}, events}, err
	})
}

// welcome is the mail that verifies the email of a new account. An account without
// one is no failure: its owner can ask again. Where emails must be verified first an
// account is worth nothing without it, and nobody must be able to use up the limits
// before somebody else signs up: nobody can delete such an account to make another,
// so an address gets one.
func (s *Service) welcome(ctx context.Context, user models.User, device session.Device) ([]mail.Message, error) {
	if s.mustVerify {
		return s.Owed(mail.VerifyEmail, user.Email, user, device)
	}
	message, err := s.Ask(ctx, mail.VerifyEmail, user.Email, user, device)
	switch {
	case err == nil:
		return []mail.Message{message}, nil
	case err != errNoMail:
		s.recordOfUser(ctx, mailWithheld, user, slog.String("kind", string(mail.VerifyEmail)), slog.Any("error", err))
	}
	return nil, nil
}

func (s *Service) checked(ctx context.Context, r Registration) (Registration, error) {
	var bad fieldErrors
	var message string
	r.FullName, message = names.FullName(r.FullName)
	bad.check("fullName", message)
	r.Username, message = names.Username(r.Username)
	bad.check("username", message)
	r.Email, message = names.Email(r.Email)
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
func (s *Service) refuseTaken(ctx context.Context, names models.Names) error {
	emailTaken, usernameTaken, err := s.store.Taken(ctx, names, s.now())
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
