package auth

import (
	"context"
	"log/slog"

	"github.com/google/uuid"

	"sallyport/auth/session"
	"sallyport/internal/apperror"
	"sallyport/internal/mail"
	"sallyport/models"
)

// Post is how the use cases write to people. A message waits in the outbox,
// written with the change it tells of, and holds no secret: its link is made
// when it is sent, see [Service.Prepare].
type Post struct {
	On       bool   // somebody delivers; else what needs mail is refused, and no notice is written
	Notices  bool   // tell users of what concerns the security of their account
	LinkBase string // absolute URL, without a slash at the end, of the pages that links open
	Wake     func() // tells whoever delivers that there is something new
	// What may be sent: of one kind to one address, to one account, in all.
	Recipients, Accounts, Everybody Limiter
}

var errNoMail = &apperror.Error{Code: apperror.CodeMailNotConfigured, Message: "this server sends no mail: its operator has to set SMTP_URL"}

// Ask returns the message that somebody has asked for, or why it is not
// sent. user is zero for an address that may be nobody's.
// Errors: CodeMailNotConfigured, those of the limiters.
func (s *Service) Ask(ctx context.Context, kind mail.Kind, to string, user models.User, device session.Device) (mail.Message, error) {
	if !s.post.On {
		return mail.Message{}, errNoMail
	}
	if err := s.takeMail(ctx, kind, to, user); err != nil {
		return mail.Message{}, err
	}
	return s.compose(kind, to, user, device)
}

// Notice returns the message about what happened to the user's account, or none
// where notices are off or there have been too many. It goes to the address
// that the user had.
func (s *Service) Notice(ctx context.Context, kind mail.Kind, user models.User, device session.Device) ([]mail.Message, error) {
	if !s.post.On || !s.post.Notices {
		return nil, nil
	}
	if err := s.takeMail(ctx, kind, user.Email, user); err != nil { // fail closed: without a limit no mail
		s.recordOfUser(ctx, mailWithheld, user, slog.String("kind", string(kind)), slog.Any("error", err))
		return nil, nil
	}
	message, err := s.compose(kind, user.Email, user, device)
	return []mail.Message{message}, err
}

// Owed returns a message before which no limit stands, or none where nobody delivers.
// It is for what happens once: an account is opened that needs its link, or a link is
// opened that was sent within the limits. Whoever takes an account over must not be
// able to use up the way back.
func (s *Service) Owed(kind mail.Kind, to string, user models.User, device session.Device) ([]mail.Message, error) {
	if !s.post.On {
		return nil, nil
	}
	message, err := s.compose(kind, to, user, device)
	return []mail.Message{message}, err
}

// takeMail counts the message against every limit, or against none.
func (s *Service) takeMail(ctx context.Context, kind mail.Kind, to string, user models.User) error {
	type counted struct {
		by  Limiter
		key string
	}
	limits := []counted{{s.post.Everybody, ""}}
	if links[kind].onRequest || !user.Verified() { // anybody can sign up, again and again, with an address that is not theirs
		limits = append(limits, counted{s.post.Recipients, string(kind) + ":" + to})
	}
	if user.ID != uuid.Nil {
		limits = append(limits, counted{s.post.Accounts, user.ID.String()})
	}
	for i, limit := range limits {
		if err := limit.by.Take(ctx, limit.key); err != nil {
			for _, taken := range limits[:i] {
				taken.by.GiveBack(ctx, taken.key)
			}
			return err
		}
	}
	return nil
}

// compose returns the message, which is the user's for as long as the account
// exists; that of an account which is deleted is nobody's.
func (s *Service) compose(kind mail.Kind, to string, user models.User, device session.Device) (mail.Message, error) {
	id, err := uuid.NewV7()
	now := s.now()
	m := mail.Message{
		ID: id, UserID: user.ID, Kind: kind, To: to, Locale: user.Locale, CreatedAt: now, At: now,
		Device: device.Known(), IP: device.IP,
	}
	if kind == mail.AccountDeleted {
		m.UserID = uuid.Nil
	}
	return m, err
}
