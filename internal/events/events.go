// Package events records security events (OWASP ASVS 16.3.1 to 16.3.3). Each
// that happens is one line of the log, and docs/security/logging.md lists them
// all. Most callers need [Info], [Warn] and [Event.Log]. It imports no other package of the
// program.
package events

import (
	"context"
	"log/slog"
)

// Event is a kind of security event. What an event says never comes from a
// password, a token or a name that was typed and is nobody's: people type
// passwords into the wrong field (OWASP ASVS 16.2.5).
type Event struct {
	Name    string // stable snake_case, the line's "event"
	Level   slog.Level
	Message string
	// Shown says that the user whom it concerns sees it among their activity.
	Shown bool
}

// Info returns an event that is part of normal work.
func Info(name, message string) Event {
	return Event{Name: name, Level: slog.LevelInfo, Message: message}
}

// Warn returns an event that an operator may have to look into.
func Warn(name, message string) Event {
	return Event{Name: name, Level: slog.LevelWarn, Message: message}
}

// ToUser returns the event as one that its user sees too.
func (e Event) ToUser() Event {
	e.Shown = true
	return e
}

// Log records that the event happened in the request that ctx belongs to.
func (e Event) Log(ctx context.Context, log *slog.Logger, details ...slog.Attr) {
	log.LogAttrs(ctx, e.Level, e.Message, append([]slog.Attr{slog.String("event", e.Name)}, details...)...)
}
