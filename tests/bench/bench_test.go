package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sallyport/tests/harness"
)

func TestMain(m *testing.M) {
	if beServer() {
		return
	}
	os.Exit(harness.Main(m))
}

func TestEveryRowRuns(t *testing.T) {
	var table bytes.Buffer
	o := options{
		duration: time.Nanosecond, connections: 2, users: 2000, logins: 4, starts: 1,
		rows: regexp.MustCompile(""), dir: t.TempDir(),
	}
	if err := run(t.Context(), o, &table); err != nil {
		t.Fatal(err)
	}
	t.Logf("%s", &table)
	for _, s := range sections(o) {
		for _, name := range s.rows {
			rows := regexp.MustCompile(`(?m)^`+regexp.QuoteMeta(name)+` .*\d`).FindAllString(table.String(), -1)
			unmeasured := strings.Count(table.String(), "\n"+name+" ") - len(rows) // PostgreSQL is missing
			if s.engine == "" && (len(rows)+unmeasured != 2 || len(rows) == 0) || s.engine != "" && len(rows)+unmeasured != 1 {
				t.Errorf("%d measured rows %q, %d not", len(rows), name, unmeasured)
			}
		}
	}
}

func TestBareGinAnswersLikeCurrentUser(t *testing.T) {
	l, err := newLab(t.Context(), options{}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	m, err := sqliteEngine(l.dir).sized(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	program, err := l.serve(t.Context(), m.url)
	if err != nil {
		t.Fatal(err)
	}
	defer program.stop()
	bare, err := l.serveSelf(t.Context(), []string{bareVariable + "=on"})
	if err != nil {
		t.Fatal(err)
	}
	defer bare.stop()
	got := fields(t, m.population, bare.address, (*visitor).root)
	want := fields(t, m.population, program.address, (*visitor).currentUser)
	if got != want {
		t.Errorf("bare Gin answers %s, current-user %s", got, want)
	}
}

// fields returns the names in the answer, and in its data.
func fields(t *testing.T, p population, address string, ask func(*visitor) error) string {
	t.Helper()
	var body []byte
	once, err := p.visitor(address, 0, 1, 0, 1, func(v *visitor) error {
		err := ask(v)
		body = v.body
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := once(); err != nil {
		t.Fatal(err)
	}
	var answer, data map[string]json.RawMessage
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(answer["data"], &data); err != nil {
		t.Fatal(err)
	}
	names := slices.Concat(slices.Sorted(maps.Keys(answer)), slices.Sorted(maps.Keys(data)))
	return strings.Join(names, " ")
}
