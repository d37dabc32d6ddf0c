package auth

import (
	"strings"
	"testing"
)

func TestPasswordPolicy_CountsCharactersAfterNFC(t *testing.T) {
	tests := []struct {
		why, raw string
		ok       bool
	}{
		{"64 emoji", strings.Repeat("🔑", 64), true},
		{"256 characters", strings.Repeat("a", 256), true},
		{"257 characters", strings.Repeat("a", 257), false},
		{"256 characters of four bytes", strings.Repeat("🔑", 256), true},
		{"256 characters in NFD", strings.Repeat("e\u0301", 256), true},
		{"8 characters", "abcdefgh", true},
		{"7 characters", "abcdefg", false},
		{"7 characters of 14 NFD runes", strings.Repeat("e\u0301", 7), false},
		{"7 characters of many bytes", "🔑🔑🔑🔑🔑🔑🔑", false},
		{"spaces count", "  abcd  ", true},
		{"only spaces", "        ", true},
		{"a long lowercase passphrase", "correct horse battery staple", true},
		{"NUL", "abcdefg\x00h", false},
		{"empty", "", false},
	}
	for _, tt := range tests {
		if _, problem := (PasswordPolicy{MinLength: 8}).normalize(tt.raw); (problem == "") != tt.ok {
			t.Errorf("%s: %q", tt.why, problem)
		}
	}
}

func TestPasswordPolicy_KeepsSpacesAndUnifiesKeyboards(t *testing.T) {
	policy := PasswordPolicy{MinLength: 8}
	if got, _ := policy.normalize("  secret  "); got != "  secret  " {
		t.Errorf("spaces were changed: %q", got)
	}
	nfc, _ := policy.normalize("caf\u00e9-noir")
	nfd, _ := canonicalPassword("cafe\u0301-noir")
	if nfc != nfd {
		t.Errorf("NFC %q and NFD %q are two passwords", nfc, nfd)
	}
}
