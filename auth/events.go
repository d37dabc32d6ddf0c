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
	registered        = events.Info("registered", "account created and signed in").ToUser()
	loginSucceeded    = events.Info("login_succeeded", "signed in").ToUser()
	loginFailed       = events.Warn("login_failed", "sign-in failed")
	passwordLocked    = events.Warn("password_locked", "too many wrong passwords in a row: password locked").ToUser()
	passwordChanged   = events.Info("password_changed", "password changed, all other sessions ended").ToUser()
	passwordRefused   = events.Warn("password_refused", "what needs the password, without the right one")
	tokenRefreshed    = events.Info("token_refreshed", "tokens renewed") // after a theft it shows from which address
	refreshTokenReuse = events.Warn("refresh_token_reuse", "refresh token reuse: session ended").ToUser()
	endedSessionUsed  = events.Info("ended_session_used", "token of a session that has ended")
	loggedOut         = events.Info("logged_out", "signed out").ToUser()
	sessionEnded      = events.Info("session_ended", "session ended by its user").ToUser()
	sessionsEnded     = events.Info("sessions_ended", "sessions ended by their user").ToUser()
	passwordReset     = events.Warn("password_reset", "password reset by mail, all sessions ended").ToUser()
	resetRequested    = events.Info("password_reset_requested", "mail with a link to reset a password asked for") // for an address that may be nobody's
	linkRefused       = events.Info("link_refused", "link from a mail that is not valid")
	mailWithheld      = events.Warn("mail_withheld", "a limit of mail was reached: a notice was not written")
	emailNotVerified  = events.Info("email_not_verified", "right password, but the email is not verified")
	sessionEvicted    = events.Info("session_evicted", "session ended to make room for another").ToUser()
	accessDenied      = events.Warn("access_denied", "not the user's own, or not there")
	ambiguousCookie   = events.Warn("ambiguous_cookie", "valid tokens of several sessions in one request")
	breachListFailed  = events.Warn("breach_list_failed", "a new password was not compared with the breach list")
	forgedToken       = events.Warn("forged_token", "token of our form with another signature")
	invalidToken      = events.Info("invalid_token", "token that is none of ours")
)

// Happened is a security event of one user.
type Happened struct {
	events.Event
	UserID    uuid.UUID
	SessionID uuid.UUID // zero where none is concerned
	Device    session.Device
	By        *Actor      // the administrator who did it to the user; nil: none
	Details   []slog.Attr // for the log alone; no secret
}

// Actor is an administrator who acts on the account of somebody. Without UserID it
// is whoever runs a command on the machine.
type Actor struct {
	UserID    uuid.UUID
	SessionID uuid.UUID
	Device    session.Device
}

func (h Happened) log(ctx context.Context, log *slog.Logger) {
	details := h.Details
	if h.UserID != uuid.Nil {
		details = append(details, slog.String("userId", h.UserID.String()))
	}
	if h.SessionID != uuid.Nil {
		details = append(details, slog.String("sessionId", h.SessionID.String()))
	}
	if h.By != nil {
		details = append(details, slog.String("actorId", h.By.name()))
	}
	h.Event.Log(ctx, log, details...)
}

// name is the actor in the log.
func (a Actor) name() string {
	if a.UserID == uuid.Nil {
		return "command"
	}
	return a.UserID.String()
}

// rowsOf returns the rows of the events: of those that users see, and of what
// administrators did. The user sees neither which administrator it was nor from
// where.
func (s *Service) rowsOf(happened []Happened) (activity []models.Activity, actions []models.AdminAction, err error) {
	for _, h := range happened {
		id, err := uuid.NewV7()
		if err != nil {
			return nil, nil, err
		}
		row := models.Activity{ID: id, UserID: h.UserID, Event: h.Name, At: s.now()}
		if h.By == nil {
			row.Device, row.UserAgent, row.IP = h.Device.Name(), h.Device.UserAgent, h.Device.IP
		} else {
			actions = append(actions, h.By.did(row))
		}
		if h.Shown && h.UserID != uuid.Nil {
			activity = append(activity, row)
		}
	}
	return activity, actions, nil
}

// did is what the actor did to the user of the row.
func (a Actor) did(row models.Activity) models.AdminAction {
	action := models.AdminAction{ID: row.ID, UserID: row.UserID, Event: row.Event, At: row.At, UserAgent: a.Device.UserAgent, IP: a.Device.IP}
	if a.UserID != uuid.Nil {
		action.ActorID, action.Device = &a.UserID, a.Device.Name()
	}
	return action
}

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

// ended are the events of the live sessions that the swaps take out of a row: the
// client signed out of one, or it had to make room.
func (s *Service) ended(swaps []models.Swap, signedOut []named, device session.Device) (all []Happened) {
	for _, swap := range swaps {
		for _, ended := range session.Missing(s.sessions.Live(swap.Old.Sessions, s.now()), swap.Next.Sessions) {
			event := sessionEvicted
			if slices.Contains(signedOut, named{swap.Old.ID, ended.ID}) {
				event = loggedOut
			}
			all = append(all, Happened{Event: event, UserID: swap.Old.ID, SessionID: ended.ID, Device: device})
		}
	}
	return all
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
