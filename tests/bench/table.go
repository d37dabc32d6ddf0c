package main

import (
	"fmt"
	"io"
	"regexp"
	"time"
)

// line is one line of the table.
type line struct {
	name   string
	value  float64
	target target
	result result // what the value comes from; empty where it is not answers
	note   string // in place of a value
}

// target is what a value should reach.
type target struct {
	sign   string // "≥" or "≤"; "" is a value without a target
	bound  float64
	format string // of the value and the bound; "" is no value
}

func atLeast(bound float64, format string) target { return target{"≥", bound, format} }

func atMost(bound float64, format string) target { return target{"≤", bound, format} }

// verdict is empty where there is no target.
func (t target) verdict(value float64) string {
	switch {
	case t.sign == "":
		return ""
	case t.sign == "≥" && value >= t.bound, t.sign == "≤" && value <= t.bound:
		return "met"
	}
	return "missed"
}

// String is empty where there is no target.
func (t target) String() string {
	if t.sign == "" {
		return ""
	}
	return t.sign + " " + fmt.Sprintf(t.format, t.bound)
}

const layout = "%-46s %9s %10s  %-6s %9s %9s %9s"

func printHeader(w io.Writer, title string) {
	fmt.Fprintf(w, "\n"+layout+"\n", title, "measured", "target", "", "answers/s", "p50", "p99")
}

// print writes the line. What the line is measured against has no value of its
// own.
func (l line) print(w io.Writer) {
	if l.note != "" {
		fmt.Fprintf(w, "%-46s %s\n", l.name, l.note)
		return
	}
	value := ""
	if l.target.format != "" {
		value = fmt.Sprintf(l.target.format, l.value)
	}
	rate, p50, p99 := "", "", ""
	if len(l.result.took) > 0 {
		rate, p50, p99 = fmt.Sprintf("%.0f", l.result.rate()), short(l.result.percentile(50)), short(l.result.percentile(99))
	}
	fmt.Fprintf(w, layout+"\n", l.name, value, l.target, l.target.verdict(l.value), rate, p50, p99)
}

func short(d time.Duration) string { return d.Round(10 * time.Microsecond).String() }

// selection says which rows are wanted, by "database: row".
type selection struct {
	*regexp.Regexp
	database string
}

func (s selection) wants(row string) bool {
	return s.MatchString(s.database + ": " + row)
}
