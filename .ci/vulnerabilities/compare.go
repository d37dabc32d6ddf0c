package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/version"
	"io"
	"maps"
	"slices"
	"strings"
)

// exception is a line of .ci/vulnerabilities-accepted.
type exception struct {
	ends   string // the Go version that has the fix, "-" if no version of Go has
	reason string
}

func (e exception) appliesTo(goVersion string) bool {
	return e.ends == "-" || version.Compare(goVersion, e.ends) < 0
}

func parseAccepted(text string) (map[string]exception, error) {
	accepted := map[string]exception{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.SplitN(line, " ", 3)
		if len(parts) < 3 || parts[1] != "-" && !version.IsValid(parts[1]) {
			return nil, fmt.Errorf("not an id, a Go version or -, and a reason: %s", line)
		}
		if _, twice := accepted[parts[0]]; twice {
			return nil, fmt.Errorf("%s is accepted twice", parts[0])
		}
		accepted[parts[0]] = exception{ends: parts[1], reason: parts[2]}
	}
	return accepted, nil
}

// report is what govulncheck found.
type report struct {
	goVersion string
	summaries map[string]string // of all records about modules in use, by id
	reached   map[string]string // the fixed version by id, of those that the program reaches
}

func (r report) ids() []string { return slices.Sorted(maps.Keys(r.reached)) }

// parseReport reads the output of govulncheck -format json.
// Source: https://pkg.go.dev/golang.org/x/vuln/internal/govulncheck#Message
func parseReport(text io.Reader) (report, error) {
	found := report{summaries: map[string]string{}, reached: map[string]string{}}
	for decoder := json.NewDecoder(text); ; {
		var message struct {
			Config struct {
				GoVersion string `json:"go_version"`
			}
			OSV     struct{ ID, Summary string }
			Finding struct {
				OSV          string
				FixedVersion string `json:"fixed_version"`
				Trace        []struct{ Function string }
			}
		}
		err := decoder.Decode(&message)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return report{}, fmt.Errorf("govulncheck's output: %w", err)
		}
		if message.Config.GoVersion != "" {
			found.goVersion = message.Config.GoVersion
		}
		if message.OSV.ID != "" {
			found.summaries[message.OSV.ID] = message.OSV.Summary
		}
		// A trace begins at the faulty function. Without one, the finding only
		// says that the module or the package is in use.
		if trace := message.Finding.Trace; len(trace) > 0 && trace[0].Function != "" {
			found.reached[message.Finding.OSV] = message.Finding.FixedVersion
		}
	}
	if !version.IsValid(found.goVersion) {
		return report{}, fmt.Errorf("govulncheck names no Go version: %q", found.goVersion)
	}
	if len(found.summaries) == 0 {
		return report{}, errors.New("the database has no record of any module in use, so it can't be whole")
	}
	return found, nil
}

// compare returns everything that must not be: a vulnerability that is not
// accepted, an exception without one, and an advised Go that has one too.
func compare(found report, accepted map[string]exception, advised string) []error {
	var problems []error
	for _, id := range slices.Sorted(maps.Keys(accepted)) {
		switch _, reached := found.reached[id]; {
		case !accepted[id].appliesTo(found.goVersion):
			// neither needed nor enough
		case !reached:
			problems = append(problems, fmt.Errorf("%s is accepted and not reached: remove its line", id))
		case accepted[id].ends != "-" && accepted[id].appliesTo(advised):
			problems = append(problems, fmt.Errorf("%s is in %q too, which go.mod names as toolchain: name %s or later", id, advised, accepted[id].ends))
		}
	}
	for _, id := range found.ids() {
		if line, ok := accepted[id]; !ok || !line.appliesTo(found.goVersion) {
			problems = append(problems, fmt.Errorf("%s is reached and not accepted for %s; fixed in %q, https://pkg.go.dev/vuln/%s", id, found.goVersion, found.reached[id], id))
		}
	}
	return problems
}
