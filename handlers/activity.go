package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"sallyport/middleware"
	"sallyport/models"
)

func (a *API) listActivity(c *gin.Context) error {
	query := bindQuery(c)
	limit, before := query.limit(), query.id("before", notAnEarlierNext) // any id: it only says from where on to list
	if err := query.err(); err != nil {
		return err
	}
	events, next, err := a.Account.Activity(c.Request.Context(), middleware.Identity(c.Request.Context()), before, limit)
	if err != nil {
		return err
	}
	page := activityBody{Activity: make([]eventBody, len(events))}
	for i, event := range events {
		page.Activity[i] = toEvent(event)
	}
	if next != uuid.Nil {
		page.Next = next.String()
	}
	return middleware.Reply(c, http.StatusOK, "Activity", page)
}

// activityBody is a page, newest first. Next is what before is on the next one,
// "" on the last.
type activityBody struct {
	Activity []eventBody `json:"activity"`
	Next     string      `json:"next"`
}

type eventBody struct {
	ID        string    `json:"id"`
	Event     string    `json:"event"`
	At        timestamp `json:"at"`
	Device    string    `json:"device"` // for people
	UserAgent string    `json:"userAgent"`
	IP        string    `json:"ip"`
}

func toEvent(a models.Activity) eventBody {
	return eventBody{ID: a.ID.String(), Event: a.Event, At: timestamp(a.At), Device: a.Device, UserAgent: a.UserAgent, IP: a.IP}
}
