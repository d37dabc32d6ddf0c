package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	if os.Getenv(bareVariable) != "" {
		exitOn(serveBare())
		return
	}
	os.Exit(m.Run())
}

func TestEveryRowRuns(t *testing.T) {
	var table bytes.Buffer
	o := options{duration: time.Nanosecond, connections: 2, dir: t.TempDir()}
	if err := run(t.Context(), o, &table); err != nil {
		t.Fatal(err)
	}
	if rows := allRows(1, &servers{}); strings.Count(table.String(), "≥") != len(rows)-2 { // two are what the others are measured against
		t.Errorf("rows are missing:\n%s", &table)
	}
}

func TestBareGinAnswersLikeCurrentUser(t *testing.T) {
	s, err := startServers(t.Context(), t.TempDir(), nil)
	t.Cleanup(s.wait) // t.Context ends before
	if err != nil {
		t.Fatal(err)
	}
	ada, _, err := (&visitors{address: s.sallyport}).register()
	if err != nil {
		t.Fatal(err)
	}
	bare, err := dial(s.bare)
	if err != nil {
		t.Fatal(err)
	}
	got, want := fields(t, bare, "/"), fields(t, ada, "/api/v1/users/current-user")
	if got != want {
		t.Errorf("bare Gin answers %s, current-user %s", got, want)
	}
}

func TestFailuresAreCounted(t *testing.T) {
	refused := errors.New("refused")
	r := measure([]func() error{func() error { return nil }, func() error { return refused }}, 0)
	if r.failed != 1 || r.err != refused || len(r.took) != 1 {
		t.Errorf("%+v", r)
	}
}

// fields returns the names in the answer, and in its data.
func fields(t *testing.T, c *client, path string) string {
	if err := c.send("GET", path, "", "accessToken"); err != nil {
		t.Fatal(err)
	}
	var answer, data map[string]json.RawMessage
	if err := json.Unmarshal(c.body, &answer); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(answer["data"], &data); err != nil {
		t.Fatal(err)
	}
	names := slices.Concat(slices.Sorted(maps.Keys(answer)), slices.Sorted(maps.Keys(data)))
	return strings.Join(names, " ")
}
