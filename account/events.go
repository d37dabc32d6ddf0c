package account

import (
	"log/slog"

	"sallyport/auth"
	"sallyport/internal/events"
)

// What happens to accounts.
var (
	emailVerified        = events.Info("email_verified", "the email is the user's").ToUser()
	emailChangeRequested = events.Info("email_change_requested", "another email asked for, which has to be confirmed").ToUser()
	emailChanged         = events.Info("email_changed", "another email confirmed").ToUser()
	emailChangeUndone    = events.Warn("email_change_undone", "former email back, all sessions ended, the password opens nothing until it is reset").ToUser()
	profileChanged       = events.Info("profile_changed", "name, username, language or a picture changed").ToUser()
	accountDeleted       = events.Warn("account_deleted", "account and all that was the user's deleted")
)

func happened(e events.Event, who auth.Identity, details ...slog.Attr) auth.Happened {
	return auth.Happened{Event: e, UserID: who.User.ID, SessionID: who.SessionID, Device: who.Device, Details: details}
}
