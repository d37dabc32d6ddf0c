package auth

import (
	"context"
	"time"

	"github.com/google/uuid"

	"sallyport/auth/session"
	"sallyport/auth/token"
	"sallyport/internal/mail"
	"sallyport/models"
)

// How long links work, from the request on. For as long as one can bring back an
// address that was replaced, the address is nobody else's.
const (
	verifyExpiry = 24 * time.Hour
	resetExpiry  = 30 * time.Minute
	changeExpiry = 24 * time.Hour
	undoExpiry   = 7 * 24 * time.Hour
	shortest     = 2 * time.Minute // that a link still works when it is sent: less helps nobody
)

// links says which messages have a link, and which page it opens.
var links = map[mail.Kind]struct {
	purpose   models.Purpose
	page      string
	expiry    time.Duration
	onRequest bool // anybody can ask for it, who knows the address
}{
	mail.VerifyEmail:   {models.VerifyEmail, "/verify-email", verifyExpiry, true},
	mail.ChangeEmail:   {models.ChangeEmail, "/verify-email", changeExpiry, true},
	mail.ResetPassword: {models.ResetPassword, "/reset-password", resetExpiry, true},
	mail.EmailChanged:  {models.UndoEmail, "/undo-email-change", undoExpiry, false},
}

// Prepare implements [mail.Prepare]: it looks at the account as it is when the
// message is sent, and makes the token of its link.
func (s *Service) Prepare(ctx context.Context, m mail.Message) (letter mail.Letter, wanted bool, err error) {
	if m.Kind == mail.AccountDeleted {
		return mail.Letter{}, true, nil
	}
	user, wanted, err := s.reader(ctx, m)
	if err != nil || !wanted {
		return mail.Letter{}, false, err
	}
	letter.Locale = user.Locale
	if user.Verified() && m.To == user.Email { // an unverified one may be somebody else's, who must not read what an attacker wrote
		letter.Name = user.FullName
	}
	if _, linked := links[m.Kind]; linked {
		return s.withLink(ctx, m, user, letter)
	}
	return letter, true, nil
}

// reader returns the user whom the message is for, and whether they still want
// it.
func (s *Service) reader(ctx context.Context, m mail.Message) (user models.User, wanted bool, err error) {
	if m.UserID != uuid.Nil {
		user, wanted, err = s.store.UserByID(ctx, m.UserID)
	} else {
		user, wanted, err = s.store.UserByEmail(ctx, m.To)
	}
	if err != nil || !wanted || user.Disabled() {
		return user, false, err
	}
	switch m.Kind {
	case mail.VerifyEmail:
		return user, user.Email == m.To && !user.Verified(), nil
	case mail.ChangeEmail:
		taken, _, err := s.store.Taken(ctx, models.Names{Email: m.To, For: user.ID}, s.now())
		return user, !taken, err
	case mail.EmailChanged: // to the address that was replaced
		return user, true, nil
	}
	return user, user.Email == m.To, nil
}

func (s *Service) withLink(ctx context.Context, m mail.Message, user models.User, letter mail.Letter) (mail.Letter, bool, error) {
	link := links[m.Kind]
	now, expires := s.now(), m.CreatedAt.Add(link.expiry)
	if expires.Sub(now) < shortest { // the mail server was down for too long
		return mail.Letter{}, false, nil
	}
	raw, hash := token.NewOneTime()
	minted, err := s.store.Mint(ctx, m, models.OneTimeToken{
		TokenHash: hash, UserID: user.ID, MessageID: m.ID, Purpose: link.purpose, Email: m.To, CreatedAt: now, ExpiresAt: expires,
	})
	letter.Link, letter.Valid = s.post.LinkBase+link.page+"#token="+raw, expires.Sub(now)
	return letter, minted, err
}

// Undoable is what is written when the user's address is replaced: the notice with
// a link that brings it back, and its reservation for the user, which nobody holds
// a link of until the notice is sent. Without notices it is neither.
func (s *Service) Undoable(user models.User, device session.Device) (models.Change, error) {
	if !s.post.Notices {
		return models.Change{}, nil
	}
	notice, err := s.Owed(mail.EmailChanged, user.Email, user, device)
	if len(notice) == 0 || err != nil {
		return models.Change{}, err
	}
	_, nobodys := token.NewOneTime()
	now := s.now()
	return models.Change{Mail: notice, Reserve: []models.OneTimeToken{{
		TokenHash: nobodys, UserID: user.ID, MessageID: notice[0].ID, Purpose: models.UndoEmail, Email: user.Email, CreatedAt: now, ExpiresAt: now.Add(undoExpiry),
	}}}, nil
}
