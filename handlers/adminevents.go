package handlers

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"sallyport/admin"
	"sallyport/middleware"
	"sallyport/models"
)

func (a *API) listEvents(c *gin.Context) error {
	query := bindQuery(c)
	filter := query.events()
	filter.Limit, filter.Before = query.limit(), query.place()
	if err := query.err(); err != nil {
		return err
	}
	events, next, err := a.Admin.Events(c.Request.Context(), filter)
	if err != nil {
		return err
	}
	page := adminEventsBody{Events: make([]adminEventBody, len(events))}
	for i, event := range events {
		page.Events[i] = toAdminEvent(event)
	}
	if next.ID != uuid.Nil {
		page.Next = fmt.Sprintf("%d_%s", next.At.UnixMicro(), next.ID)
	}
	return middleware.Reply(c, http.StatusOK, "Events", page)
}

// events reads what the list and the table are filtered by.
func (q *query) events() models.EventFilter {
	return models.EventFilter{
		UserID: q.id("user", "must be the id of a user"), ActorID: q.id("actor", "must be the id of a user"),
		Event: q.text("event", 64), IP: q.address("ip"), From: q.time("from"), To: q.time("to"),
	}
}

// year10000 is the first time, in microseconds, that no database has to know.
const year10000 = 253402300800000000

// place reads the next of an earlier page: a time in microseconds and an id.
func (q *query) place() (place models.Place) {
	given := q.text("cursor", 64)
	if given == "" {
		return place
	}
	micros, text, _ := strings.Cut(given, "_")
	at, err := strconv.ParseInt(micros, 10, 64)
	id, err2 := uuid.Parse(text)
	if err != nil || err2 != nil || id.String() != text || id == uuid.Nil || at < 0 || at >= year10000 {
		q.refuse("cursor", notAnEarlierNext)
	}
	return models.Place{At: time.UnixMicro(at).UTC(), ID: id}
}

const (
	tableSize = 10_000 // rows
	tableStep = 500    // rows of one query
)

// exportEvents answers with a table, which it reads and sends a part at a time.
func (a *API) exportEvents(c *gin.Context) error {
	query := bindQuery(c)
	filter := query.events()
	if err := query.err(); err != nil {
		return err
	}
	filter.Limit = tableStep
	table := csv.NewWriter(c.Writer)
	for sent := 0; sent < tableSize; sent += tableStep {
		events, next, err := a.Admin.Events(c.Request.Context(), filter)
		if err != nil && sent > 0 {
			panic(http.ErrAbortHandler) // the table has begun: whoever reads it must see that it is cut off
		}
		if err != nil {
			return err
		}
		if sent == 0 {
			c.Header("Content-Type", "text/csv; charset=utf-8")
			c.Header("Content-Disposition", `attachment; filename="events.csv"`)
			_ = table.Write(columns) // what a client does not take is not our failure
		}
		for _, event := range events {
			_ = table.Write(toAdminEvent(event).row())
		}
		if table.Flush(); table.Error() != nil || next.ID == uuid.Nil {
			return nil
		}
		filter.Before = next
	}
	return nil
}

// adminEventsBody is a page, newest first. Next is what cursor is on the next one,
// "" on the last.
type adminEventsBody struct {
	Events []adminEventBody `json:"events"`
	Next   string           `json:"next"`
}

type adminEventBody struct {
	ID            string    `json:"id"`
	Event         string    `json:"event"`
	At            timestamp `json:"at"`
	UserID        string    `json:"userId"`
	Username      string    `json:"username"`
	By            string    `json:"by"`
	ActorID       string    `json:"actorId"`
	ActorUsername string    `json:"actorUsername"`
	Device        string    `json:"device"` // for people
	UserAgent     string    `json:"userAgent"`
	IP            string    `json:"ip"`
}

func toAdminEvent(e admin.Event) adminEventBody {
	body := adminEventBody{
		ID: e.ID.String(), Event: e.Activity.Event, At: timestamp(e.At), UserID: e.UserID.String(), Username: e.Username, By: "user",
		ActorUsername: e.ActorUsername, Device: e.Device, UserAgent: e.UserAgent, IP: e.IP,
	}
	switch {
	case e.ActorID != nil:
		body.By, body.ActorID = "admin", e.ActorID.String()
	case e.ByAdmin:
		body.By = "command"
	}
	return body
}

var columns = []string{"id", "at", "event", "userId", "username", "by", "actorId", "actorUsername", "device", "userAgent", "ip"}

// row has a cell for each of the columns.
func (e adminEventBody) row() []string {
	at := time.Time(e.At).UTC().Format(time.RFC3339Nano)
	cells := []string{e.ID, at, e.Event, e.UserID, e.Username, e.By, e.ActorID, e.ActorUsername, e.Device, e.UserAgent, e.IP}
	for i, cell := range cells {
		cells[i] = harmless(cell)
	}
	return cells
}

// formula is where a spreadsheet may begin to calculate: at the beginning of a cell,
// and behind what ends a cell in some countries or was written to look so. Source:
// OWASP, CSV Injection.
var formula = regexp.MustCompile(`(^|[,;\t\r\n])([ "']*[=+\-@＝＋－＠])`)

// harmless returns the cell so that no spreadsheet takes a part of it for a formula.
func harmless(cell string) string { return formula.ReplaceAllString(cell, "$1'$2") }
