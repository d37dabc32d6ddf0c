package handlers

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"sallyport/internal/apperror"
)

const (
	pageSize    = 20  // rows, unless the client asks for another number
	maxPageSize = 100 // rows
)

// query reads the parameters of a list and collects what is wrong with them. An
// empty parameter is as one that is absent.
type query struct {
	values url.Values
	bad    []apperror.FieldError
}

// bindQuery refuses a query that does not parse: url.URL.Query would drop the bad
// part silently.
func bindQuery(c *gin.Context) *query {
	values, err := url.ParseQuery(c.Request.URL.RawQuery)
	q := &query{values: values}
	if err != nil {
		q.refuse("query", "cannot be read")
	}
	return q
}

func (q *query) refuse(field, message string) {
	q.bad = append(q.bad, apperror.FieldError{Field: field, Message: message})
}

// err is nil where nothing is wrong.
func (q *query) err() error {
	if len(q.bad) == 0 {
		return nil
	}
	return apperror.Invalid(q.bad...)
}

// text returns the parameter, of at most so many characters.
func (q *query) text(name string, most int) string {
	switch text := q.values.Get(name); {
	case len(q.values[name]) > 1:
		q.refuse(name, "must be there once")
	case utf8.RuneCountInString(text) > most:
		q.refuse(name, fmt.Sprintf("must have at most %d characters", most))
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		q.refuse(name, "is not text in UTF-8")
	default:
		return text
	}
	return ""
}

// address returns the parameter in the one spelling in which addresses are stored. Text
// that is none stays as it is: nobody came from there.
func (q *query) address(name string) string {
	text := strings.TrimSpace(q.text(name, 64))
	if address, err := netip.ParseAddr(text); err == nil {
		return address.Unmap().String()
	}
	return text
}

// choice returns the parameter, which is one of these.
func (q *query) choice(name string, choices ...string) string {
	given := q.values[name]
	if len(given) > 1 || len(given) == 1 && given[0] != "" && !slices.Contains(choices, given[0]) {
		q.refuse(name, "must be "+strings.Join(choices, " or "))
	}
	return q.values.Get(name)
}

// limit returns the number of rows.
func (q *query) limit() int {
	if !q.values.Has("limit") {
		return pageSize
	}
	limit, err := strconv.Atoi(q.values.Get("limit"))
	if err != nil || limit < 1 || limit > maxPageSize || len(q.values["limit"]) > 1 {
		q.refuse("limit", fmt.Sprintf("must be a whole number from 1 to %d", maxPageSize))
	}
	return limit
}

// id returns the parameter as an id, zero where it is absent: the zero id itself is
// refused, for it would filter nothing.
func (q *query) id(name, message string) (id uuid.UUID) {
	text := q.values.Get(name)
	if text == "" && len(q.values[name]) < 2 {
		return id
	}
	id, err := uuid.Parse(text)
	if err != nil || id == uuid.Nil || id.String() != text || len(q.values[name]) > 1 { // one spelling of an id
		q.refuse(name, message)
	}
	return id
}

const notAnEarlierNext = "must be the next of an earlier page"

// time returns the parameter as a time, zero where it is absent. The zero time is
// refused as the zero id is.
func (q *query) time(name string) (at time.Time) {
	text := q.values.Get(name)
	if text == "" && len(q.values[name]) < 2 {
		return at
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || at.IsZero() || at.UTC().Year() < 1 || at.UTC().Year() > 9999 || len(q.values[name]) > 1 {
		q.refuse(name, "must be a time such as 2026-01-02T15:04:05Z")
	}
	return at
}
