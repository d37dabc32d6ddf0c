package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestASVS_TheDocumentIsWholeAndWhatItNamesExists(t *testing.T) {
	problems, err := check("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range problems {
		t.Error(problem)
	}
}

var list = []requirement{{"1.1.1", "1"}, {"1.1.2", "3"}, {"1.1.10", "2"}}

const (
	first = "| 1.1.1 | 1 | a rule | met | in `auth/login.go` | `auth.TestLogin_X` |\n"
	third = "| 1.1.10 | 2 | a rule | departs | for a good reason | – |\n"
	argue = "### 1.1.10: Why not\n\nBecause.\n\nSetting: `MAX_SESSIONS=1` does it.\n"
)

// page is a document with the counts it should have.
func page(t *testing.T, rows, rest string) string {
	t.Helper()
	document := countsBegin + countsEnd + rows + "\n## Departures\n\n" + rest
	parsed, _ := read(document)
	counted, err := withCounts(document, parsed)
	if err != nil {
		t.Fatal(err)
	}
	return counted
}

func TestASVS_SeesWhatIsWrong(t *testing.T) {
	for _, tt := range []struct{ why, rows, rest, want string }{
		{"all in order", first + third, argue, ""},
		{"with one of level 3", first + "| 1.1.2 | 3 | a rule | met | in `auth/login.go` | – |\n" + third, argue, ""},
		{"nothing of level 2", first, "", "1.1.10 is missing"},
		{"one twice", first + first + third, argue, "1.1.1 is there twice"},
		{"another level", strings.Replace(first, "| 1 |", "| 2 |", 1) + third, argue, "1.1.1 is of level 1, not 2"},
		{"another order", third + first, argue, "1.1.10 is out of order"},
		{"one of another standard", first + third + strings.Replace(first, "1.1.1 ", "9.9.9 ", 1), argue, "9.9.9 is no requirement"},
		{"a word that is no status", strings.Replace(first, "met", "fine", 1) + third, argue, `1.1.1 has the status "fine"`},
		{"a cell too few", strings.Replace(first, " | met", "", 1) + third, argue, `1.1.1 has the status "5 cells"`},
		{"met without evidence", strings.Replace(first, "`auth/login.go` | `auth.TestLogin_X`", "the code | –", 1) + third, argue, "1.1.1 is met, with neither a test nor a file to show it"},
		{"an empty last column", strings.Replace(first, "`auth.TestLogin_X`", "see there", 1) + third, argue, "1.1.1 has neither tests nor – in the last column"},
		{"no reason", first + strings.Replace(third, "for a good reason", "no", 1), argue, "1.1.10 does not say how or why"},
		{"a departure nobody argues", first + third, "", "1.1.10 departs in the table or under Departures, but not in both"},
		{"an argument for what is met", first + third, argue + strings.Replace(argue, "1.1.10", "1.1.1", 1), "1.1.1 departs in the table or under Departures, but not in both"},
		{"an argument for nothing", first + third, argue + strings.Replace(argue, "1.1.10", "1.1.2", 1), "1.1.2 is argued under Departures and in no table"},
		{"an argument without a setting", first + third, "### 1.1.10: Why not\n\nBecause.\n", "1.1.10 departs and names no setting"},
	} {
		found := wrong(page(t, tt.rows, tt.rest), list)
		if tt.want == "" && len(found) > 0 || tt.want != "" && !slices.Contains(found, tt.want) {
			t.Errorf("%s: %q, want %q", tt.why, found, tt.want)
		}
	}
}

func TestASVS_SeesCountsThatAreNotThoseOfTheRows(t *testing.T) {
	good := page(t, first+third, argue)
	for why, document := range map[string]string{
		"another number": strings.Replace(good, "| met | 1 |", "| met | 2 |", 1),
		"no place":       strings.Replace(good, countsEnd, "", 1),
	} {
		if document == good || len(wrong(document, list)) == 0 {
			t.Errorf("%s: nothing found", why)
		}
	}
}

func TestASVS_SeesWhatDoesNotExist(t *testing.T) {
	here := tree{root: "../..", tests: []string{"auth.TestLogin_X"}, settings: "#MAX_SESSIONS=10\n"}
	text := "`auth.TestLogin_X`, `auth/login.go`, `.ci/run`, `MAX_SESSIONS=1`, [a page](../README.md#test), [elsewhere](https://example.com), `SIGKILL`"
	if absent := here.absent(text, "../../docs"); len(absent) > 0 {
		t.Errorf("%q", absent)
	}
	for _, name := range []string{"`auth.TestLogin_Y`", "`tests/journeys.TestLogin_X`", "`auth/logon.go`", "`MAX_SESSION=1`", "[a page](nowhere.md)"} {
		if absent := here.absent(text+", "+name, "../../docs"); len(absent) != 1 {
			t.Error(fmt.Sprint(name, " gives ", absent))
		}
	}
}
