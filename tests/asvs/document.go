package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
)

// The statuses of a requirement, in the order in which they are counted.
const (
	met        = "met"
	configured = "met if configured"
	departs    = "departs"
	notYet     = "not yet"
	notOurs    = "does not apply"
)

var statuses = []string{met, configured, departs, notYet, notOurs}

// requirement is one of the standard.
type requirement struct{ id, level string }

// requirements reads the list of ids and levels.
func requirements(path string) (list []requirement, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil || len(records) < 2 {
		return nil, fmt.Errorf("%s: no requirements (%w)", path, err)
	}
	for _, record := range records[1:] { // after the heading
		list = append(list, requirement{record[0], record[1]})
	}
	return list, nil
}

// row is one line of the document's tables.
type row struct {
	requirement
	text, status, how, tests string
}

var (
	rowStart  = regexp.MustCompile(`^\| \d+\.\d+\.\d+ `)
	departure = regexp.MustCompile(`^### ((?:\d+\.\d+\.\d+(?:, )?)+): .`)
)

// read returns the rows of the document in its order, and the text of each
// departure by the numbers in its heading.
func read(document string) (rows []row, departures map[string]string) {
	departures = map[string]string{}
	var under []string // the numbers of the departure that the line belongs to
	for line := range strings.Lines(document) {
		line = strings.TrimSuffix(line, "\n")
		switch m := departure.FindStringSubmatch(line); {
		case m != nil:
			under = strings.Split(m[1], ", ")
		case strings.HasPrefix(line, "#"):
			under = nil
		case rowStart.MatchString(line):
			rows = append(rows, rowOf(line))
		}
		for _, id := range under {
			departures[id] += line + "\n"
		}
	}
	return rows, departures
}

func rowOf(line string) row {
	cells := strings.Split(strings.Trim(line, "| "), " | ")
	if len(cells) != 6 {
		return row{requirement: requirement{id: cells[0]}, status: fmt.Sprintf("%d cells", len(cells))}
	}
	return row{requirement{cells[0], cells[1]}, cells[2], cells[3], cells[4], cells[5]}
}

const (
	countsBegin = "<!-- counts, written by: go run ./tests/asvs -->\n"
	countsEnd   = "<!-- end of the counts -->\n"
)

// withCounts returns the document with the counts of these rows in the place
// that is marked for them.
func withCounts(document string, rows []row) (string, error) {
	before, rest, begun := strings.Cut(document, countsBegin)
	_, after, ended := strings.Cut(rest, countsEnd)
	if !begun || !ended {
		return "", errors.New("the document has no place for the counts")
	}
	return before + countsBegin + counts(rows) + countsEnd + after, nil
}

// counts is the table of how many rows have which status.
func counts(rows []row) string {
	var b strings.Builder
	fmt.Fprintln(&b, "| | level 1 | level 2 | level 3, where listed |\n|---|---|---|---|")
	for _, status := range statuses {
		fmt.Fprintf(&b, "| %s |%s\n", status, perLevel(rows, func(r row) bool { return r.status == status }))
	}
	fmt.Fprintf(&b, "| in all |%s\n", perLevel(rows, func(row) bool { return true }))
	return b.String()
}

func perLevel(rows []row, counted func(row) bool) string {
	var cells string
	for _, level := range []string{"1", "2", "3"} {
		n := 0
		for _, r := range rows {
			if r.level == level && counted(r) {
				n++
			}
		}
		cells += fmt.Sprintf(" %d |", n)
	}
	return cells
}
