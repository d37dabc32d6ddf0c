package main

import (
	"fmt"
	"regexp"
	"slices"
	"unicode/utf8"
)

const (
	optional  = "3" // the level whose requirements may be left out
	minReason = 12  // characters; "no mail" is none
	none      = "–" // in the column of the tests
)

var setting = regexp.MustCompile(`(?m)^Setting: .{10}`)

// wrong compares the document with the list of requirements.
func wrong(document string, list []requirement) (found []string) {
	rows, departures := read(document)
	found = append(missing(rows, list), unknown(rows, list)...)
	for _, r := range rows {
		for _, problem := range r.wrong() {
			found = append(found, r.id+" "+problem)
		}
		text, argued := departures[r.id]
		if argued != (r.status == departs) {
			found = append(found, r.id+" departs in the table or under Departures, but not in both")
		}
		if argued && !setting.MatchString(text) {
			found = append(found, r.id+" departs and names no setting")
		}
		delete(departures, r.id)
	}
	for id := range departures {
		found = append(found, id+" is argued under Departures and in no table")
	}
	if counted, err := withCounts(document, rows); err != nil {
		found = append(found, err.Error())
	} else if counted != document {
		found = append(found, "the counts are not those of the rows: go run ./tests/asvs")
	}
	return found
}

// missing are the requirements that are not there exactly once, in order.
func missing(rows []row, list []requirement) (found []string) {
	at := -1
	for _, required := range list {
		isIt := func(r row) bool { return r.id == required.id }
		i := slices.IndexFunc(rows, isIt)
		switch {
		case i < 0 && required.level != optional:
			found = append(found, required.id+" is missing")
		case i < 0:
		case slices.ContainsFunc(rows[i+1:], isIt):
			found = append(found, required.id+" is there twice")
		case rows[i].level != required.level:
			found = append(found, fmt.Sprintf("%s is of level %s, not %s", required.id, required.level, rows[i].level))
		case i < at:
			found = append(found, required.id+" is out of order")
		}
		at = max(at, i)
	}
	return found
}

func unknown(rows []row, list []requirement) (found []string) {
	for _, r := range rows {
		if !slices.ContainsFunc(list, func(known requirement) bool { return known.id == r.id }) {
			found = append(found, r.id+" is no requirement")
		}
	}
	return found
}

// wrong says what one row lacks: what is met needs a test or at least a file,
// everything else a reason.
func (r row) wrong() (found []string) {
	if !slices.Contains(statuses, r.status) {
		return []string{fmt.Sprintf("has the status %q", r.status)}
	}
	if r.tests != none && !testName.MatchString(r.tests) {
		found = append(found, "has neither tests nor "+none+" in the last column")
	}
	claimed := r.status == met || r.status == configured
	if claimed && r.tests == none && !fileName.MatchString(r.how) && !link.MatchString(r.how) {
		found = append(found, "is met, with neither a test nor a file to show it")
	}
	if utf8.RuneCountInString(r.how) < minReason {
		found = append(found, "does not say how or why")
	}
	return found
}
