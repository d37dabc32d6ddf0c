package models

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
)

// AdminAction is what an administrator did to the account of somebody. It has no
// foreign key: it stays when the account goes.
type AdminAction struct {
	ID        uuid.UUID  `gorm:"primaryKey"` // that of the user's [Activity], where there is one
	UserID    uuid.UUID  // whom it was done to
	ActorID   *uuid.UUID // who did it; nil: whoever ran the command
	Event     string
	At        time.Time
	Device    string // the actor's, as the next two; "" on the command line
	UserAgent string
	IP        string
}

// Event is a security event of any user: their own, or what an administrator did.
type Event struct {
	Activity
	ActorID *uuid.UUID // nil: nobody but the user, or the command line
	ByAdmin bool       // by an administrator or on the command line
}

// Place is a row in a list that is ordered by time.
type Place struct {
	At time.Time
	ID uuid.UUID
}

// EventFilter says which events to list. A zero field allows all.
type EventFilter struct {
	UserID  uuid.UUID // whom it happened to
	ActorID uuid.UUID // the administrator who did it
	Event   string
	IP      string
	From    time.Time // included
	To      time.Time // not included
	Before  Place     // only events that are older than this one
	Limit   int
}

// Events returns the events of the filter, the newest first. An action of an
// administrator that its user sees among their activity is there once.
func (s *Store) Events(ctx context.Context, f EventFilter) (page []Event, err error) {
	var own []Activity
	var actions []AdminAction
	err = s.db.Read(ctx, func(db *gorm.DB) error {
		if f.ActorID == uuid.Nil {
			if err := f.apply(db).Find(&own).Error; err != nil {
				return err
			}
		}
		query := f.apply(db)
		if f.ActorID != uuid.Nil {
			query = query.Where("actor_id = ?", f.ActorID)
		}
		return query.Find(&actions).Error
	})
	return f.merge(own, actions), wrap("list events", err)
}

func (f EventFilter) apply(query *gorm.DB) *gorm.DB {
	if f.UserID != uuid.Nil {
		query = query.Where("user_id = ?", f.UserID)
	}
	if f.Event != "" {
		query = query.Where("event = ?", f.Event)
	}
	if f.IP != "" {
		query = query.Where("ip = ?", f.IP)
	}
	if !f.From.IsZero() {
		query = query.Where("at >= ?", stored(f.From))
	}
	if !f.To.IsZero() {
		query = query.Where("at < ?", stored(f.To))
	}
	if f.Before.ID != uuid.Nil {
		query = query.Where("at <= ? AND (at < ? OR id < ?)", stored(f.Before.At), stored(f.Before.At), f.Before.ID)
	}
	return query.Order("at DESC, id DESC").Limit(f.Limit)
}

// merge puts both lists into one order. The first of the merged list are among the
// first of each.
func (f EventFilter) merge(own []Activity, actions []AdminAction) []Event {
	all := make([]Event, 0, len(own)+len(actions))
	done := map[uuid.UUID]bool{}
	for _, a := range actions {
		done[a.ID] = true
		all = append(all, Event{
			Activity: Activity{ID: a.ID, UserID: a.UserID, Event: a.Event, At: a.At, Device: a.Device, UserAgent: a.UserAgent, IP: a.IP},
			ActorID:  a.ActorID, ByAdmin: true,
		})
	}
	for _, a := range own {
		if !done[a.ID] {
			all = append(all, Event{Activity: a})
		}
	}
	slices.SortFunc(all, func(a, b Event) int { return cmp.Or(b.At.Compare(a.At), bytes.Compare(b.ID[:], a.ID[:])) })
	return all[:min(len(all), f.Limit)]
}

// Usernames returns the usernames of those of the users who exist.
func (s *Store) Usernames(ctx context.Context, ids []uuid.UUID) (names map[uuid.UUID]string, err error) {
	var users []User
	err = s.db.ReadStatement(ctx, func(db *gorm.DB) error {
		return db.Select("id", "username").Where("id IN ?", ids).Find(&users).Error
	})
	names = make(map[uuid.UUID]string, len(users))
	for _, u := range users {
		names[u.ID] = u.Username
	}
	return names, wrap("load usernames", err)
}
