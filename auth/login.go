package auth

import (
	"cmp"
	"context"
	"log/slog"
	"slices"

	"github.com/google/uuid"

	"sallyport/auth/session"
	"sallyport/auth/token"
	"sallyport/internal/apperror"
	"sallyport/internal/mail"
	"sallyport/models"
)

// Credentials is what a user signs in with: a name, which is the email or the
// username in either field (Email, where both are given), and the password.
type Credentials struct {
	Email    string
	Username string
	Password string
}

func (c Credentials) check() error {
	var bad fieldErrors
	if c.Email == "" && c.Username == "" {
		bad.check("email", "email or username is required")
	}
	if c.Password == "" {
		bad.check("password", "is required")
	}
	return bad.err()
}

// Login proves the password and adds a session for the client. It never adopts
// a token the client came with (session fixation): the sessions that those
// name end in the same write (OWASP ASVS 7.2.4). Unknown users, disabled users,
// locked and wrong passwords get the same answer after the same time (OWASP
// ASVS 6.3.8). A name that was guessed at too often is refused by the limiter
// before anybody looks whether it exists.
// Errors: CodeValidation for empty fields, CodeInvalidCredentials,
// CodeEmailNotVerified where emails must be verified and the password is right,
// CodeTooBusy, those of the limiter.
func (s *Service) Login(ctx context.Context, c Credentials, client Client) (models.User, Grant, error) {
	user, grant, err := s.login(ctx, c, client)
	s.meter.SignIn(outcome(succeeded, err))
	return user, grant, err
}

func (s *Service) login(ctx context.Context, c Credentials, client Client) (models.User, Grant, error) {
	if err := c.check(); err != nil {
		return models.User{}, Grant{}, err
	}
	password, tooLong := enteredPassword(c.Password)
	if tooLong { // nobody's password, whoever the user is
		loginFailed.Log(ctx, s.log, because("password_too_long"))
		return models.User{}, Grant{}, errInvalidCredentials
	}
	to := c.account()
	if err := s.guesses.Take(ctx, to.key()); err != nil {
		return models.User{}, Grant{}, err
	}
	user, grant, err := s.loginTo(ctx, to, password, client)
	if apperror.CodeOf(err) != apperror.CodeInvalidCredentials { // only a wrong password uses a guess up
		s.guesses.GiveBack(ctx, to.key())
	}
	return user, grant, err
}

func (s *Service) loginTo(ctx context.Context, to account, password entered, client Client) (models.User, Grant, error) {
	p, err := s.prove(ctx, to, password, client.Device)
	if err != nil {
		return models.User{}, Grant{}, err
	}
	user, current, err := s.signIn(ctx, p, client)
	switch apperror.CodeOf(err) {
	case apperror.CodeInvalidCredentials:
		s.recordOfUser(ctx, loginFailed, p.user, because("changed_meanwhile"))
	case apperror.CodeEmailNotVerified:
		s.recordOfUser(ctx, emailNotVerified, p.user)
	}
	if err != nil {
		return models.User{}, Grant{}, err
	}
	grant, err := s.issue(user, current)
	return user, grant, err
}

// proof is a user whose password has been proven.
type proof struct {
	user     models.User
	password entered
	renewed  string // hash with today's parameters, "" where the user's has them
}

// prove returns the user whose password this is, and counts it where it is
// not.
func (s *Service) prove(ctx context.Context, to account, password entered, device session.Device) (proof, error) {
	user, found, err := to.load(ctx, s.store)
	if err != nil {
		return proof{}, err
	}
	match, stale := false, false
	if found {
		match, stale, err = s.verify(ctx, password, user.PasswordHash)
	} else {
		err = s.hasher.VerifyNothing(ctx, password.canonical)
	}
	if err != nil {
		return proof{}, hashing(err)
	}
	if reason := whyNot(user, found, match); reason != "" {
		s.recordOfUser(ctx, loginFailed, user, because(reason))
		return proof{}, cmp.Or(s.countFailure(ctx, to.name, user, found, device), error(errInvalidCredentials))
	}
	p := proof{user: user, password: password}
	if stale { // failing is no reason to refuse the sign-in: the next one tries again
		if p.renewed, err = s.hasher.Hash(ctx, password.canonical); err != nil {
			s.log.WarnContext(ctx, "password hash not renewed", slog.Any("error", err))
		}
	}
	return p, nil
}

// stillProven loads the user again and returns the error of a sign-in where the
// account was disabled or locked, or its password changed, since it was proven.
func (s *Service) stillProven(ctx context.Context, p *proof) error {
	user, found, err := s.store.UserByID(ctx, p.user.ID)
	if err != nil {
		return err
	}
	if whyNot(user, found, true) != "" {
		return errInvalidCredentials
	}
	if user.PasswordHash != p.user.PasswordHash { // another password, or a parallel sign-in renewed the hash of this one
		match, _, err := s.verify(ctx, p.password, user.PasswordHash)
		if err != nil {
			return hashing(err)
		}
		if !match {
			return errInvalidCredentials
		}
		p.renewed = ""
	}
	p.user = user
	return nil
}

// signIn writes all that a sign-in changes at once: the new session, the end of
// those the client came with, the renewed hash, and the count of wrong
// passwords, which starts again.
func (s *Service) signIn(ctx context.Context, p proof, client Client) (models.User, models.Session, error) {
	if s.mustVerify && !p.user.Verified() {
		return models.User{}, models.Session{}, errEmailNotVerified
	}
	added := s.sessions.New(uuid.New(), token.NewID(), client.Device, s.now())
	former := s.sessionsOf(client)
	notice, err := s.newDevice(ctx, p.user, former, client.Device)
	if err != nil {
		return models.User{}, models.Session{}, err
	}
	loaded := true // by the proof: where the row has changed since, the swap fails
	err = s.Update(ctx, func() (Plan, error) {
		if !loaded {
			if err := s.stillProven(ctx, &p); err != nil {
				return Plan{}, err
			}
		}
		loaded = false
		swaps, err := s.ending(ctx, former, models.Swap{Old: p.user, Next: p.user})
		if err != nil {
			return Plan{}, err
		}
		next := &swaps[0].Next
		next.Sessions = s.sessions.Add(next.Sessions, added, s.now())
		next.PasswordHash = cmp.Or(p.renewed, next.PasswordHash)
		next.FailedLogins = 0
		events := []Happened{{Event: loginSucceeded, UserID: p.user.ID, SessionID: added.ID, Device: client.Device, Details: []slog.Attr{factors}}}
		return Plan{models.Change{Swaps: swaps, Mail: notice}, append(events, s.ended(swaps, former, client.Device)...)}, nil
	})
	if err != nil {
		return models.User{}, models.Session{}, err
	}
	return p.user, added, nil
}

// newDevice is the notice of a sign-in from where the user has not been seen: the
// client came without a token of theirs, and neither a session nor an event that
// is kept names such a browser on such a system. Versions do not count, nor do
// addresses, which change whenever somebody walks out of the door.
func (s *Service) newDevice(ctx context.Context, user models.User, former []named, device session.Device) ([]mail.Message, error) {
	seen := slices.ContainsFunc(former, func(n named) bool { return n.userID == user.ID }) ||
		slices.ContainsFunc(user.Sessions, func(s models.Session) bool { return session.Device{UserAgent: s.UserAgent}.Name() == device.Name() })
	if seen || !s.post.On || !s.post.Notices {
		return nil, nil
	}
	seen, err := s.store.HasUsed(ctx, user.ID, device.Name(), registered.Name, loginSucceeded.Name)
	if err != nil || seen {
		return nil, err
	}
	return s.Notice(ctx, mail.NewDevice, user, device)
}
