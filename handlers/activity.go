package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"sallyport/internal/apperror"
	"sallyport/middleware"
	"sallyport/models"
)

const (
	activityPage    = 20  // events, unless the client asks for another number
	maxActivityPage = 100 // events
)

func (a *API) listActivity(c *gin.Context) error {
	before, limit, err := bindPage(c)
	if err != nil {
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

// bindPage reads the query parameters limit and before. Any id may be before: it
// only says from where on to list.
func bindPage(c *gin.Context) (before uuid.UUID, limit int, err error) {
	query, err := url.ParseQuery(c.Request.URL.RawQuery)
	if err != nil {
		return before, 0, apperror.Invalid(apperror.FieldError{Field: "query", Message: "cannot be read"})
	}
	var bad []apperror.FieldError
	if limit = activityPage; query.Has("limit") {
		if limit, err = strconv.Atoi(query.Get("limit")); err != nil || limit < 1 || limit > maxActivityPage || len(query["limit"]) > 1 {
			bad = append(bad, apperror.FieldError{Field: "limit", Message: fmt.Sprintf("must be a whole number from 1 to %d", maxActivityPage)})
		}
	}
	if query.Get("before") != "" { // the next of a last page is ""
		if before, err = uuid.Parse(query.Get("before")); err != nil || before.String() != query.Get("before") || len(query["before"]) > 1 {
			bad = append(bad, apperror.FieldError{Field: "before", Message: "must be the next of an earlier page"})
		}
	}
	if len(bad) > 0 {
		return before, 0, apperror.Invalid(bad...)
	}
	return before, limit, nil
}
