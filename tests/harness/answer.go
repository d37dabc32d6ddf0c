package harness

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"testing"
	"time"
)

// Answer is an answer with its envelope read.
type Answer struct {
	Status  int
	Header  http.Header
	Raw     string
	Success bool
	Message string
	Code    string
	Data    json.RawMessage
	Errors  []struct{ Field, Message string }
}

// Read reads an answer and its envelope.
func Read(t testing.TB, response *http.Response) Answer {
	t.Helper()
	answer, err := TryRead(response)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// A time in an answer, whoever made the answer, and the one form of it.
var (
	anyTime  = regexp.MustCompile(`"\d{4}-\d\d-\d\dT[^"]*"`)
	goodTime = regexp.MustCompile(`^"[\d-]{10}T[\d:]{8}\.\d{3}Z"$`)
)

// TryRead is [Read] where an answer may break off.
func TryRead(response *http.Response) (Answer, error) {
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return Answer{}, err
	}
	answer := Answer{Status: response.StatusCode, Header: response.Header, Raw: string(raw)}
	if bytes.HasPrefix(raw, []byte("{")) {
		if err := json.Unmarshal(raw, &answer); err != nil {
			return Answer{}, fmt.Errorf("%w in %s", err, raw)
		}
		for _, text := range anyTime.FindAllString(answer.Raw, -1) {
			if !goodTime.MatchString(text) {
				return Answer{}, fmt.Errorf("the time %s has not three digits of fraction, in %s", text, raw)
			}
		}
	}
	return answer, nil
}

// Want fails the test unless the answer has this status and code ("" for a
// success).
func (a Answer) Want(t testing.TB, status int, code string) Answer {
	t.Helper()
	if a.Status != status || a.Code != code || a.Success != (status < 400) {
		t.Fatalf("answer %d %q, want %d %q: %s", a.Status, a.Code, status, code, a.Raw)
	}
	return a
}

// Field returns one string of the answer's data, by its path.
func (a Answer) Field(t testing.TB, path ...string) string {
	t.Helper()
	var value any
	if err := json.Unmarshal(a.Data, &value); err != nil {
		t.Fatal(err)
	}
	for _, name := range path {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	text, _ := value.(string)
	return text
}

// Decode reads the answer's data.
func (a Answer) Decode(t testing.TB, into any) {
	t.Helper()
	if err := json.Unmarshal(a.Data, into); err != nil {
		t.Fatal(err)
	}
}

// Cookies returns the cookies that the answer sets.
func (a Answer) Cookies() []*http.Cookie {
	return (&http.Response{Header: a.Header}).Cookies()
}

// Fields returns the names of the fields that the answer finds wrong.
func (a Answer) Fields() (names []string) {
	for _, e := range a.Errors {
		names = append(names, e.Field)
	}
	return names
}

// Tokens returns the tokens in the body of the answer.
func (a Answer) Tokens(t testing.TB) Tokens {
	t.Helper()
	tokens := Tokens{a.Field(t, "accessToken"), a.Field(t, "refreshToken")}
	if tokens.Access == "" || tokens.Refresh == "" {
		t.Fatalf("no tokens in the body: %s", a.Raw)
	}
	return tokens
}

// Session is one entry of the list of sessions.
type Session struct {
	ID, Device, UserAgent, IP         string
	SignedInAt, LastUsedAt, ExpiresAt time.Time
	Current                           bool
}

// Sessions reads the list of sessions in the answer.
func (a Answer) Sessions(t testing.TB) (sessions []Session) {
	t.Helper()
	a.Want(t, http.StatusOK, "").Decode(t, &sessions)
	return sessions
}

// CurrentID returns the id of the session in the list that is marked as that
// of the client. It fails the test unless there is exactly one.
func CurrentID(t testing.TB, sessions []Session) string {
	t.Helper()
	current := slices.DeleteFunc(slices.Clone(sessions), func(s Session) bool { return !s.Current })
	if len(current) != 1 {
		t.Fatalf("%d sessions are the current one, want 1: %v", len(current), sessions)
	}
	return current[0].ID
}
