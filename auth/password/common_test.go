package password

import (
	_ "embed"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/trustelem/zxcvbn/frequency"
)

//go:embed testdata/common.txt
var publicList string

// longEnough returns the passwords of a list that have eight characters or more,
// at most n.
func longEnough(list []string, n int) (found []string) {
	for _, entry := range list {
		if !strings.HasPrefix(entry, "# ") && utf8.RuneCountInString(entry) >= 8 && len(found) < n {
			found = append(found, entry)
		}
	}
	return found
}

// Source: OWASP ASVS 6.2.4, which asks for the 3,000 commonest of those that are
// long enough.
func TestWeakness_RefusesThe3000CommonestThatAreLongEnough(t *testing.T) {
	for _, tt := range []struct {
		why  string
		list []string
		n    int
	}{
		{"all that Django refuses, of Pwned Passwords", strings.Split(publicList, "\n"), 8479},
		{"of those that zxcvbn knows, the commonest first", frequency.FrequencyLists["passwords"], 3000},
	} {
		tried := longEnough(tt.list, tt.n)
		if len(tried) != tt.n {
			t.Errorf("%s: the list has %d", tt.why, len(tried))
		}
		for i, common := range tried {
			if Weakness(common, nil) == "" {
				t.Errorf("%s: %q is accepted, the %dth of them", tt.why, common, i+1)
			}
		}
	}
}

// An entry that zxcvbn refuses makes the program larger for nothing.
func TestCommonList_RefusesWhatZxcvbnAcceptsInAnyCase(t *testing.T) {
	entries := longEnough(strings.Split(commonList, "\n"), 1000)
	if len(entries) < 300 {
		t.Fatalf("the list has only %d", len(entries))
	}
	for _, entry := range entries {
		upper := strings.ToUpper(entry)
		if entry != strings.ToLower(entry) || weakest(entry, nil) != "" && weakest(upper, nil) != "" {
			t.Errorf("%q is not needed, or not in lower case", entry)
		}
		if got := Weakness(upper, nil); got != veryCommon {
			t.Errorf("%q: %q", upper, got)
		}
	}
}
