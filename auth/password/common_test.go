package password

import (
	"testing"
	"unicode/utf8"

	"github.com/trustelem/zxcvbn/frequency"
)

// Source: OWASP ASVS 6.2.4, which asks for the 3,000 commonest of those that are
// long enough.
func TestWeakness_RefusesThe3000CommonestThatAreLongEnough(t *testing.T) {
	tried := 0
	for _, common := range frequency.FrequencyLists["passwords"] {
		if tried == 3000 {
			break
		}
		if utf8.RuneCountInString(common) < 8 {
			continue
		}
		tried++
		if Weakness(common, nil) == "" {
			t.Errorf("%q is accepted, the %dth of them", common, tried)
		}
	}
	if tried != 3000 {
		t.Errorf("the list has only %d", tried)
	}
}
