package auth

import (
	"context"
	"errors"
	"log/slog"
	"slices"

	"github.com/google/uuid"

	"sallyport/auth/token"
	"sallyport/internal/apperror"
	"sallyport/internal/events"
	"sallyport/models"
)

// What happens to users and their sessions.
var (
	registered         = events.Info("registered", "account created and signed in")
	loginSucceeded     = events.Info("login_succeeded", "signed in")
	loginFailed        = events.Warn("login_failed", "sign-in failed")
	passwordLocked     = events.Warn("password_locked", "too many wrong passwords in a row: password locked")
	passwordUnlocked   = events.Warn("password_unlocked", "password unlocked")
	passwordChanged    = events.Info("password_changed", "password changed, all other sessions ended")
	passwordNotChanged = events.Warn("password_change_failed", "change of password without the right one")
	tokenRefreshed     = events.Info("token_refreshed", "tokens renewed") // after a theft it tells whence
	refreshTokenReuse  = events.Warn("refresh_token_reuse", "refresh token reuse: session ended")
	endedSessionUsed   = events.Info("ended_session_used", "token of a session that has ended")
	loggedOut          = events.Info("logged_out", "signed out")
	sessionEnded       = events.Info("session_ended", "session ended by its user")
	sessionsEnded      = events.Info("sessions_ended", "sessions ended by their user")
	sessionEvicted     = events.Info("session_evicted", "session ended to make room for another")
	accessDenied       = events.Warn("access_denied", "not the user's own, or not there")
	ambiguousCookie    = events.Warn("ambiguous_cookie", "valid tokens of several sessions in one request")
	forgedToken        = events.Warn("forged_token", "token of our form with another signature")
	invalidToken       = events.Info("invalid_token", "token that is none of ours")
)

// tell writes an event about a session of a user.
func (s *Service) tell(ctx context.Context, e events.Event, userID, sessionID uuid.UUID, details ...slog.Attr) {
	e.Log(ctx, s.log, append(details, slog.String("userId", userID.String()), slog.String("sessionId", sessionID.String()))...)
}

// tellOfUser writes an event about a user who is not signed in.
func (s *Service) tellOfUser(ctx context.Context, e events.Event, user models.User, details ...slog.Attr) {
	if user.ID != uuid.Nil {
		details = append(details, slog.String("userId", user.ID.String()))
	}
	e.Log(ctx, s.log, details...)
}

// tellSignedIn writes who signed in how, and which sessions had to make room.
func (s *Service) tellSignedIn(ctx context.Context, user models.User, next []models.Session, added models.Session) {
	s.tell(ctx, loginSucceeded, user.ID, added.ID, factors)
	for _, session := range s.live(user.Sessions) {
		if !slices.ContainsFunc(next, func(kept models.Session) bool { return kept.ID == session.ID }) {
			s.tell(ctx, sessionEvicted, user.ID, session.ID)
		}
	}
}

// tellRefused writes an event where a token was refused for what no honest
// client sends; kind is the token's.
func (s *Service) tellRefused(ctx context.Context, kind string, err error) {
	of := slog.String("token", kind)
	switch {
	case errors.Is(err, token.ErrForged):
		forgedToken.Log(ctx, s.log, of)
	case errors.Is(err, token.ErrInvalid):
		invalidToken.Log(ctx, s.log, of)
	case errors.Is(err, token.ErrAmbiguous):
		ambiguousCookie.Log(ctx, s.log, of)
	}
}

// tellEnded writes an event where a good token met a session that has ended.
func (s *Service) tellEnded(ctx context.Context, claims token.Claims, err error) {
	if apperror.CodeOf(err) == apperror.CodeSessionEnded {
		s.tell(ctx, endedSessionUsed, claims.UserID, claims.SessionID)
	}
}

// whyNot says, for the log alone, why this sign-in fails; "" where it does not.
func whyNot(user models.User, found, match bool) string {
	switch {
	case !found:
		return "unknown_user"
	case user.Disabled():
		return "user_disabled"
	case locked(user):
		return "password_locked"
	case !match:
		return "wrong_password"
	}
	return ""
}

// factors is what a sign-in was proven with; so far there is only one.
var factors = slog.String("factors", "password")

func because(reason string) slog.Attr { return slog.String("reason", reason) }
