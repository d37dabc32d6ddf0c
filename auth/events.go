package auth

import (
	"context"
	"errors"
	"log/slog"
	"slices"

	"github.com/google/uuid"

	"sallyport/auth/token"
	"sallyport/models"
)

// Event is a kind of security event (OWASP ASVS 16.3.1 to 16.3.3). Each that
// happens is one line, and docs/security/logging.md lists them all. What an
// event says never comes from a password, a token or a name that was typed and
// is nobody's: people type passwords into the wrong field (ASVS 16.2.5).
type Event struct {
	Name    string // stable snake_case, the line's "event"
	Level   slog.Level
	Message string
}

// What happens to users and their sessions.
var (
	registered         = Event{"registered", slog.LevelInfo, "account created and signed in"}
	loginSucceeded     = Event{"login_succeeded", slog.LevelInfo, "signed in"}
	loginFailed        = Event{"login_failed", slog.LevelWarn, "sign-in failed"}
	passwordLocked     = Event{"password_locked", slog.LevelWarn, "too many wrong passwords in a row: password locked"}
	passwordUnlocked   = Event{"password_unlocked", slog.LevelWarn, "password unlocked"}
	passwordChanged    = Event{"password_changed", slog.LevelInfo, "password changed, all other sessions ended"}
	passwordNotChanged = Event{"password_change_failed", slog.LevelWarn, "change of password without the right one"}
	tokenRefreshed     = Event{"token_refreshed", slog.LevelInfo, "tokens renewed"} // after a theft it tells whence
	refreshTokenReuse  = Event{"refresh_token_reuse", slog.LevelWarn, "refresh token reuse: session ended"}
	endedSessionUsed   = Event{"ended_session_used", slog.LevelInfo, "token of a session that has ended"}
	loggedOut          = Event{"logged_out", slog.LevelInfo, "signed out"}
	sessionEnded       = Event{"session_ended", slog.LevelInfo, "session ended by its user"}
	sessionsEnded      = Event{"sessions_ended", slog.LevelInfo, "sessions ended by their user"}
	sessionEvicted     = Event{"session_evicted", slog.LevelInfo, "session ended to make room for another"}
	accessDenied       = Event{"access_denied", slog.LevelWarn, "not the user's own, or not there"}
	ambiguousCookie    = Event{"ambiguous_cookie", slog.LevelWarn, "valid tokens of several sessions in one request"}
	forgedToken        = Event{"forged_token", slog.LevelWarn, "token of our form with another signature"}
	invalidToken       = Event{"invalid_token", slog.LevelInfo, "token that is none of ours"}
)

// Log writes one event of the request that ctx belongs to.
func (e Event) Log(ctx context.Context, log *slog.Logger, details ...slog.Attr) {
	log.LogAttrs(ctx, e.Level, e.Message, append([]slog.Attr{slog.String("event", e.Name)}, details...)...)
}

// tell writes an event about a session of a user.
func (s *Service) tell(ctx context.Context, e Event, userID, sessionID uuid.UUID, details ...slog.Attr) {
	e.Log(ctx, s.log, append(details, slog.String("userId", userID.String()), slog.String("sessionId", sessionID.String()))...)
}

// tellOfUser writes an event about a user who is not signed in.
func (s *Service) tellOfUser(ctx context.Context, e Event, user models.User, details ...slog.Attr) {
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
	if CodeOf(err) == CodeSessionEnded {
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
