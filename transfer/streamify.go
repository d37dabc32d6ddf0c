package transfer

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"go.mongodb.org/mongo-driver/v2/bson"

	"sallyport/auth/names"
	"sallyport/auth/password"
	"sallyport/models"
)

// The fields of a user of Streamify that are imported. Its refresh token is worth
// nothing here, and its watch history is not the business of a sign-in backend.
const (
	fieldID       = "_id"
	fieldUsername = "username"
	fieldEmail    = "email"
	fieldFullName = "fullName"
	fieldAvatar   = "avatar"
	fieldCover    = "coverImage"
	fieldPassword = "password"
	fieldCreated  = "createdAt"
	fieldUpdated  = "updatedAt"
)

const (
	maxPictureURL = 2048 // bytes: PostgreSQL's index of pictures takes 2,704
	maxShown      = 100  // characters of a value in the report
	firstYear     = 1970
	lastYear      = 9999
	locale        = "en" // of mail: Streamify knows none
)

// Finding is what is wrong with a field of a document.
type Finding struct {
	Line    int    `json:"line"`
	ID      string `json:"id,omitempty"` // the ObjectID, if it has one
	Field   string `json:"field,omitempty"`
	Value   string `json:"value,omitempty"` // of a name; a password is never shown
	Problem string `json:"problem"`
}

func (f Finding) String() string {
	text := fmt.Sprintf("line %d: %s %s", f.Line, f.Field, f.Problem)
	if f.Value != "" {
		text += fmt.Sprintf(" (%q)", f.Value)
	}
	return text
}

// reading is a document on its way to a user.
type reading struct {
	user   models.User
	line   int
	id     string // the ObjectID
	fields bson.D
	// What the names were before they got the one spelling in which they are stored.
	email, username string
	problems        []Finding // for which the user is refused
	leftOut         []Finding // without which the user is imported
}

// read makes a user of a document of Streamify's collection of users.
func read(d document) *reading {
	r := &reading{line: d.line}
	if !utf8.Valid(d.json) {
		r.fail("", "", "the document is not UTF-8")
		return r
	}
	if err := bson.UnmarshalExtJSON(d.json, false, &r.fields); err != nil {
		r.fail("", "", "is no document of extended JSON: "+short(err.Error()))
		return r
	}
	r.identify()
	r.checkTwice()
	var problem string
	r.username = r.text(fieldUsername)
	r.user.Username, problem = names.Username(r.username)
	r.check(fieldUsername, r.username, problem)
	r.email = r.text(fieldEmail)
	r.user.Email, problem = names.Email(r.email)
	r.check(fieldEmail, r.email, problem)
	fullName := r.text(fieldFullName)
	r.user.FullName, problem = names.FullName(fullName)
	r.check(fieldFullName, fullName, problem)
	r.user.PasswordHash = r.text(fieldPassword)
	r.check(fieldPassword, "", password.CheckBcrypt(r.user.PasswordHash))
	r.user.AvatarURL, r.user.CoverImageURL = r.picture(fieldAvatar), r.picture(fieldCover)
	r.user.CreatedAt = r.date(fieldCreated, r.user.CreatedAt)
	r.user.UpdatedAt = r.date(fieldUpdated, r.user.CreatedAt)
	r.user.Role, r.user.Locale = models.RoleUser, locale
	return r
}

func (r *reading) fail(field, value, problem string) {
	r.problems = append(r.problems, Finding{r.line, r.id, field, short(value), problem})
}

// check fails where a problem is found in a field that has none yet.
func (r *reading) check(field, value, problem string) {
	if problem != "" && !slices.ContainsFunc(r.problems, func(f Finding) bool { return f.Field == field }) {
		r.fail(field, value, problem)
	}
}

// identify takes the id from the ObjectID, and the time of creation that is in it.
func (r *reading) identify() {
	id, ok := r.value(fieldID).(bson.ObjectID)
	if !ok {
		r.fail(fieldID, "", "is no ObjectID")
		return
	}
	r.id, r.user.ID, r.user.CreatedAt = id.Hex(), idOf(id), id.Timestamp().UTC()
}

// idOf returns the one UUIDv7 of an ObjectID: it holds the same time and the same 64
// bits behind it, so it tells users apart as the ObjectID does, and a second import
// finds them again.
func idOf(id bson.ObjectID) (u uuid.UUID) {
	ms := id.Timestamp().UnixMilli()
	for i := range 6 {
		u[i] = byte(ms >> (40 - 8*i)) // #nosec G115 -- its lowest bits
	}
	rest := id[4:]
	u[6] = 0x70 | rest[0]>>4
	u[7] = rest[0]<<4 | rest[1]>>4
	u[8] = 0x80 | rest[1]&0x0f<<2 | rest[2]>>6
	for i := range 5 {
		u[9+i] = rest[2+i]<<2 | rest[3+i]>>6
	}
	u[14] = rest[7] << 2
	return u
}

// checkTwice fails where a field is in the document twice: nobody can say which one
// Streamify has used.
func (r *reading) checkTwice() {
	seen := map[string]bool{}
	for _, field := range r.fields {
		if seen[field.Key] {
			r.check(short(field.Key), "", "is in the document twice")
		}
		seen[field.Key] = true
	}
}

// value is nil for a field that is null or not there.
func (r *reading) value(field string) any {
	for _, f := range r.fields {
		if f.Key == field {
			return f.Value
		}
	}
	return nil
}

// text fails for what is no text.
func (r *reading) text(field string) string {
	switch value := r.value(field).(type) {
	case string:
		return value
	case nil:
		r.check(field, "", "is missing")
	default:
		r.check(field, "", "is no text")
	}
	return ""
}

// date returns the time of a field, or instead where it is not there.
func (r *reading) date(field string, instead time.Time) time.Time {
	switch value := r.value(field).(type) {
	case nil:
		return instead
	case bson.DateTime:
		at := value.Time().UTC()
		if at.Year() < firstYear || at.Year() > lastYear {
			r.check(field, "", fmt.Sprintf("is not between the years %d and %d", firstYear, lastYear))
		}
		return at
	}
	r.check(field, "", "is no date")
	return instead
}

// picture returns the address of a picture, "" for none. One that no browser could
// load is left out: it keeps nobody from signing in.
func (r *reading) picture(field string) string {
	value := r.value(field)
	address, ok := value.(string)
	if value == nil || ok && strings.TrimSpace(address) == "" {
		return ""
	}
	parsed, err := url.Parse(address)
	if !ok || err != nil || parsed.Host == "" || parsed.Scheme != "https" && parsed.Scheme != "http" ||
		parsed.User != nil || len(address) > maxPictureURL {
		r.leftOut = append(r.leftOut, Finding{r.line, r.id, field, short(address), "is no address of a picture on the web, and is left out"})
		return ""
	}
	return address
}

// short is the beginning of a text, without what a terminal would obey.
func short(text string) string {
	runes := []rune(text)
	if len(runes) > maxShown {
		runes = append(runes[:maxShown:maxShown], '…')
	}
	for i, r := range runes {
		if !unicode.IsGraphic(r) {
			runes[i] = utf8.RuneError
		}
	}
	return string(runes)
}
