package transfer

import (
	"strings"
	"testing"
)

func TestConvert_AKeyShowsNothingThatATerminalObeys(t *testing.T) {
	one := table{name: "notes", columns: []column{{name: "id", kind: kindText}}, key: []string{"id"}}
	_, problems := one.convert([]any{"a\x1b[2J\u202e\x00"})
	if len(problems) != 1 || strings.ContainsAny(problems[0].String(), "\x1b\u202e\x00") {
		t.Errorf("it says %q", problems)
	}
}
