package admin

import (
	"context"

	"github.com/google/uuid"

	"sallyport/internal/events"
	"sallyport/models"
)

// What administrators do. The user sees each of them but the deletion.
var (
	created        = events.Info("created_by_admin", "account created by an administrator").ToUser()
	disabled       = events.Warn("disabled_by_admin", "account disabled by an administrator, all sessions ended").ToUser()
	enabled        = events.Warn("enabled_by_admin", "account enabled by an administrator").ToUser()
	promoted       = events.Warn("promoted_by_admin", "role of an administrator given by an administrator").ToUser()
	demoted        = events.Warn("demoted_by_admin", "role of an administrator taken away by an administrator").ToUser()
	sessionsEnded  = events.Info("sessions_ended_by_admin", "all sessions ended by an administrator").ToUser()
	sessionEnded   = events.Info("session_ended_by_admin", "session ended by an administrator").ToUser()
	unlocked       = events.Warn("unlocked_by_admin", "password unlocked by an administrator").ToUser()
	resetRequested = events.Info("reset_sent_by_admin", "mail with a link to reset the password sent by an administrator").ToUser()
	refused        = events.Warn("admin_refused", "an administrator's route asked for without the role")
	deleted        = events.Warn("deleted_by_admin", "account and all that was the user's deleted by an administrator")
)

// Event is a security event with the names of those whom it names.
type Event struct {
	models.Event
	Username      string // "" where the account is gone
	ActorUsername string // "" where that account is gone, or there was no actor
}

// Events returns a page of the security events of everybody, the newest first, and
// where the next one begins: zero on the last.
func (s *Service) Events(ctx context.Context, f models.EventFilter) (page []Event, next models.Place, err error) {
	limit := f.Limit
	f.Limit++
	found, err := s.Store.Events(ctx, f)
	if err != nil {
		return nil, next, err
	}
	if len(found) > limit {
		found = found[:limit]
		next = models.Place{At: found[limit-1].At, ID: found[limit-1].ID}
	}
	page, err = s.named(ctx, found)
	return page, next, err
}

func (s *Service) named(ctx context.Context, found []models.Event) ([]Event, error) {
	var ids []uuid.UUID
	for _, e := range found {
		ids = append(ids, e.UserID)
		if e.ActorID != nil {
			ids = append(ids, *e.ActorID)
		}
	}
	names, err := s.Store.Usernames(ctx, ids)
	page := make([]Event, len(found))
	for i, e := range found {
		page[i] = Event{Event: e, Username: names[e.UserID]}
		if e.ActorID != nil {
			page[i].ActorUsername = names[*e.ActorID]
		}
	}
	return page, err
}
