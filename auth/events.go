package auth

import (
	"context"
	"errors"
	"log/slog"
	"slices"

	"github.com/google/uuid"

	"sallyport/auth/session"
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
	tokenRefreshed     = events.Info("token_refreshed", "tokens renewed") // after a theft it shows from which address
	refreshTokenReuse  = events.Warn("refresh_token_reuse", "refresh token reuse: session ended")
	endedSessionUsed   = events.Info("ended_session_used", "token of a session that has ended")
	loggedOut          = events.Info("logged_out", "signed out")
	sessionEnded       = events.Info("session_ended", "session ended by its user")
	sessionsEnded      = events.Info("sessions_ended", "sessions ended by their user")
	sessionEvicted     = events.Info("session_evicted", "session ended to make room for another")
	accessDenied       = events.Warn("access_denied", "not the user's own, or not there")
	ambiguousCookie    = events.Warn("ambiguous_cookie", "valid tokens of several sessions in one request")
	forgedToken        = events.Warn("forged_token", "token of our form with another signature")
	breachListFailed   = events.Warn("breach_list_failed", "a new password was not compared with the breach list")
	invalidToken       = events.Info("invalid_token", "token that is none of ours")
)

// record logs an event about a session of a user.
func (s *Service) record(ctx context.Context, e events.Event, userID, sessionID uuid.UUID, details ...slog.Attr) {
	e.Log(ctx, s.log, append(details, slog.String("userId", userID.String()), slog.String("sessionId", sessionID.String()))...)
}

// recordOfUser logs an event about a user who is not signed in.
func (s *Service) recordOfUser(ctx context.Context, e events.Event, user models.User, details ...slog.Attr) {
	if user.ID != uuid.Nil {
		details = append(details, slog.String("userId", user.ID.String()))
	}
	e.Log(ctx, s.log, details...)
}

// recordEnded logs each live session that the swaps have taken out of a row: its
// client signed out of it, or it had to make room.
func (s *Service) recordEnded(ctx context.Context, swaps []models.Swap, signedOut []named) {
	for _, swap := range swaps {
		for _, ended := range session.Missing(s.sessions.Live(swap.Old.Sessions, s.now()), swap.Next.Sessions) {
			event := sessionEvicted
			if slices.Contains(signedOut, named{swap.Old.ID, ended.ID}) {
				event = loggedOut
			}
			s.record(ctx, event, swap.Old.ID, ended.ID)
		}
	}
}

// recordRefused logs an event where a token was refused for what no honest
// client sends; kind is the token's.
func (s *Service) recordRefused(ctx context.Context, kind string, err error) {
	of := slog.String("token", kind)
	switch {
	case errors.Is(err, token.ErrForged):
		forgedToken.Log(ctx, s.log, of)
	case errors.Is(err, token.ErrInvalid):
		invalidToken.Log(ctx, s.log, of)
	}
}

// recordNotOne logs an event where good tokens of this kind, of which first is
// one, name no live session, or several.
func (s *Service) recordNotOne(ctx context.Context, kind string, first token.Claims, err error) {
	switch apperror.CodeOf(err) {
	case apperror.CodeSessionEnded:
		s.record(ctx, endedSessionUsed, first.UserID, first.SessionID)
	case apperror.CodeAmbiguousCookie:
		ambiguousCookie.Log(ctx, s.log, slog.String("token", kind))
	}
}

// factors is what a sign-in was proven with; so far there is only one.
var factors = slog.String("factors", "password")

func because(reason string) slog.Attr { return slog.String("reason", reason) }
