package structure

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sallyport/tests/harness"
	"sallyport/tests/index"
)

const attacks = 59 // lines of docs/security/attacks.md, numbered from 1

var (
	heading  = regexp.MustCompile(`^### (\d+)\. .`)
	evidence = regexp.MustCompile("^- `([a-z0-9/]+)\\.((?:Test|Fuzz)\\w+)`$")
	reason   = regexp.MustCompile(`^- Not yet: .{10}`)
	numbered = regexp.MustCompile(`^TestAttack(\d+)_.`)
)

func TestIndex_EveryAttackHasATestOrAReason(t *testing.T) {
	tests, err := index.Tests(harness.Root())
	if err != nil || len(tests) < 100 {
		t.Fatalf("found only %d tests (%v)", len(tests), err)
	}
	for _, problem := range problems(harness.ReadPage(t, "docs/security/attacks.md"), tests) {
		t.Error(problem)
	}
}

// attack is one number of the document.
type attack struct {
	number  int
	tests   []string
	excused bool // says why not yet
}

// read returns the numbers of the document in its order, and the list items it
// does not understand.
func read(document string) (all []attack, odd []string) {
	all = []attack{{}} // what stands before the first number
	for line := range strings.Lines(document) {
		line = strings.TrimSuffix(line, "\n")
		last := &all[len(all)-1]
		if m := heading.FindStringSubmatch(line); m != nil {
			n, _ := strconv.Atoi(m[1])
			all = append(all, attack{number: n})
		} else if m := evidence.FindStringSubmatch(line); m != nil {
			last.tests = append(last.tests, m[1]+"."+m[2])
		} else if reason.MatchString(line) {
			last.excused = true
		} else if strings.HasPrefix(line, "- ") {
			odd = append(odd, fmt.Sprintf("%d: not understood: %s", last.number, line))
		}
	}
	return all[1:], odd
}

// problems compares the document with the tests there are, each as
// "folder.TestName".
func problems(document string, tests []string) []string {
	all, found := read(document)
	for i, a := range all {
		if a.number != i+1 {
			found = append(found, fmt.Sprintf("%d stands where %d should", a.number, i+1))
		}
		if len(a.tests) == 0 && !a.excused {
			found = append(found, fmt.Sprintf("%d has neither a test nor a reason", a.number))
		}
		for _, test := range a.tests {
			if n := numberOf(test); !slices.Contains(tests, test) || n != 0 && n != a.number {
				found = append(found, fmt.Sprintf("%d names %s, which does not exist or is of another number", a.number, test))
			}
		}
	}
	if len(all) != attacks {
		found = append(found, fmt.Sprintf("there are %d numbers, not %d", len(all), attacks))
	}
	for _, test := range tests {
		if numberOf(test) != 0 && !slices.ContainsFunc(all, func(a attack) bool { return slices.Contains(a.tests, test) }) {
			found = append(found, test+" is not named")
		}
	}
	return found
}

// numberOf is the number in a test's name, 0 where it has none.
func numberOf(test string) int {
	_, name, _ := strings.Cut(test, ".")
	m := numbered.FindStringSubmatch(name)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(m[1])
	return n
}

func TestIndex_SeesWhatIsForgotten(t *testing.T) {
	const first = "tests/attacks.TestAttack01_X"
	var whole strings.Builder
	for n := range attacks {
		fmt.Fprintf(&whole, "### %d. Title\n\nText.\n\n- Not yet: the feature does not exist.\n\n", n+1)
	}
	with := func(old, changed string) string { return strings.Replace(whole.String(), old, changed, 1) }
	const notYet = "- Not yet: the feature does not exist."
	for _, tt := range []struct {
		why, document string
		tests         []string
		want          string // "" for none
	}{
		{"all in order", whole.String(), nil, ""},
		{"a test", with(notYet, "- `"+first+"`"), []string{first}, ""},
		{"another package's test", with(notYet, "- `tests/journeys.TestCurl_Journey`"), []string{"tests/journeys.TestCurl_Journey"}, ""},
		{"nothing under a number", with(notYet, ""), nil, "1 has neither a test nor a reason"},
		{"no reason", with(notYet, "- Not yet: "), nil, "1: not understood: - Not yet: "},
		{"a test that does not exist", with(notYet, "- `"+first+"`"), nil, "1 names " + first + ", which does not exist or is of another number"},
		{"a test in another folder", with(notYet, "- `tests/journeys.TestAttack01_X`"), []string{first}, "1 names tests/journeys.TestAttack01_X, which does not exist or is of another number"},
		{"a test that is not named", whole.String(), []string{first}, first + " is not named"},
		{"a test under another number", with(notYet, notYet+"\n- `tests/attacks.TestAttack02_X`"), []string{"tests/attacks.TestAttack02_X"}, "1 names tests/attacks.TestAttack02_X, which does not exist or is of another number"},
		{"a number that is missing", with("### 7. Title", "text"), nil, "8 stands where 7 should"},
		{"the end that is missing", with("### 59. Title", "text"), nil, "there are 58 numbers, not 59"},
	} {
		found := problems(tt.document, tt.tests)
		if tt.want == "" && len(found) > 0 || tt.want != "" && !slices.Contains(found, tt.want) {
			t.Errorf("%s: %q, want %q", tt.why, found, tt.want)
		}
	}
}
