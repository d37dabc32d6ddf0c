package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/licensecheck"
)

var (
	ownFile   = regexp.MustCompile(`(?i)^(licen[sc]e|copying)(\.(txt|md))?$`)
	otherFile = regexp.MustCompile(`(?i)^(licen[sc]e|copying|notice)`) // notices for code a module took over
)

// enough is how much of a module's own licence file must be known text, in
// percent. The rest is names and years; less than this may hide a clause.
const enough = 75

// licence returns the SPDX identifiers of the module's own licence and the
// names of the further notices it carries, whose licences must be allowed too.
func (m module) licence() (string, error) {
	entries, err := os.ReadDir(m.folder)
	if err != nil {
		return "", err
	}
	var own, notices []string
	for _, entry := range entries {
		name := entry.Name()
		if entry.IsDir() || !otherFile.MatchString(name) {
			continue
		}
		identifiers, covered, err := identify(filepath.Join(m.folder, name))
		if err != nil {
			return "", fmt.Errorf("%s: %s: %w", m.path, name, err)
		}
		if ownFile.MatchString(name) && covered >= enough {
			own = append(own, identifiers...)
		} else {
			notices = append(notices, name)
		}
	}
	if len(own) == 0 {
		return "", fmt.Errorf("%s: no file holds the text of a known licence", m.path)
	}
	slices.Sort(own)
	return strings.Join(append(slices.Compact(own), notices...), ", "), nil
}

// identify returns the licences whose text the file holds, and how many percent
// of it they are. A text that is no licence known to licensecheck counts as none.
func identify(path string) ([]string, float64, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, 0, err
	}
	coverage := licensecheck.Scan(text)
	var identifiers []string
	var refused []error
	for _, match := range coverage.Match {
		if match.IsURL {
			continue // a link is no licence text
		}
		if !allowed[match.ID] {
			refused = append(refused, fmt.Errorf("%s is not an allowed licence", match.ID))
		}
		identifiers = append(identifiers, match.ID)
	}
	return identifiers, coverage.Percent, errors.Join(refused...)
}
