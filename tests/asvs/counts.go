package main

import (
	"errors"
	"fmt"
	"strings"
)

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
