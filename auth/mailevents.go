package auth

import (
	"context"
	"log/slog"

	"sallyport/internal/events"
	"sallyport/internal/mail"
	"sallyport/models"
)

// What becomes of mail.
var (
	mailDelivered = events.Info("mail_delivered", "a mail was sent")
	mailDropped   = events.Info("mail_dropped", "a mail was not sent: nobody wants it any more")
	mailDelayed   = events.Warn("mail_delayed", "a mail was not taken and will be tried again")
	mailGivenUp   = events.Warn("mail_given_up", "a mail could not be delivered and was given up")
)

// RecordMail records what became of an attempt to deliver a message. The address
// is not in it: the message's id is, and so is the user's.
func (s *Service) RecordMail(ctx context.Context, m mail.Message, outcome mail.Outcome, err error) {
	event := map[mail.Outcome]events.Event{
		mail.Delivered: mailDelivered, mail.Dropped: mailDropped, mail.Retried: mailDelayed, mail.GivenUp: mailGivenUp,
	}[outcome]
	details := []slog.Attr{slog.String("kind", string(m.Kind)), slog.String("messageId", m.ID.String()), slog.Int("attempts", m.Attempts+1)}
	if err != nil {
		details = append(details, slog.Any("error", err))
	}
	s.recordOfUser(ctx, event, models.User{ID: m.UserID}, details...)
}
