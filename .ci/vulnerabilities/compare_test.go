package main

import (
	"strings"
	"testing"
)

const (
	config  = `{"config": {"go_version": "go1.26.8"}}`
	record  = `{"osv": {"id": "GO-1", "summary": "a flaw"}}`
	reached = `{"finding": {"osv": "GO-1", "fixed_version": "v1.26.9", "trace": [{"module": "stdlib", "package": "net/http", "function": "Serve"}, {"function": "main"}]}}`
	present = `{"finding": {"osv": "GO-1", "fixed_version": "v1.26.9", "trace": [{"module": "stdlib", "package": "net/http"}]}}`
)

func TestCompare(t *testing.T) {
	for _, test := range []struct{ name, report, accepted, advised, want string }{
		{"nothing reached, nothing accepted", config + record, "", "go1.26.9", ""},
		{"accepted", config + record + present + reached, "GO-1 go1.26.9 reason", "go1.26.9", ""},
		{"accepted, no fix in any Go", config + record + reached, "GO-1 - reason", "go1.26.9", ""},
		{"a package in use is no call", config + record + present, "", "go1.26.9", ""},
		{"not accepted", config + record + reached, "", "go1.26.9", "GO-1 is reached and not accepted"},
		{"another one accepted", config + record + reached, "GO-12 - reason", "go1.26.9", "GO-1 is reached and not accepted"},
		{"accepted for nothing", config + record, "GO-1 - reason", "go1.26.9", "GO-1 is accepted and not reached"},
		{"accepted for this Go, for nothing", config + record + present, "GO-1 go1.26.9 reason", "go1.26.9", "GO-1 is accepted and not reached"},
		{"accepted for an older Go", config + record, "GO-1 go1.26.8 reason", "go1.26.9", ""},
		{"accepted for an older Go, and reached", config + record + reached, "GO-1 go1.26.8 reason", "go1.26.9", "GO-1 is reached and not accepted for go1.26.8"},
		{"the advised Go has it too", config + record + reached, "GO-1 go1.26.9 reason", "go1.26.8", `GO-1 is in "go1.26.8" too`},
		{"no Go advised", config + record + reached, "GO-1 go1.26.9 reason", "", `GO-1 is in "" too`},
		{"no reason", config + record + reached, "GO-1 go1.26.9", "go1.26.9", "not an id"},
		{"no version", config + record + reached, "GO-1 some reason", "go1.26.9", "not an id"},
		{"twice", config + record, "GO-1 - reason\nGO-1 - reason", "go1.26.9", "accepted twice"},
		{"an empty database", config, "", "go1.26.9", "no record"},
		{"no output", "", "", "go1.26.9", "no Go version"},
		{"cut output", config + record + `{"find`, "", "go1.26.9", "unexpected EOF"},
		{"text in place of JSON", "No vulnerabilities found.", "", "go1.26.9", "invalid character"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := verdict(test.report, test.accepted, test.advised)
			if test.want == "" && got != "" || !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func verdict(text, lines, advised string) string {
	accepted, err := parseAccepted("# comment\n\n" + lines + "\n")
	if err != nil {
		return err.Error()
	}
	found, err := parseReport(strings.NewReader(text))
	if err != nil {
		return err.Error()
	}
	var all []string
	for _, problem := range compare(found, accepted, advised) {
		all = append(all, problem.Error())
	}
	return strings.Join(all, "\n")
}
