package session

import "testing"

func TestKnown_NamesNothingThatAnAttackerCanWord(t *testing.T) {
	tests := []struct{ why, agent, want string }{
		{"a browser", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox on Linux"},
		{"of a phone", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1", "Safari on iOS"},
		{"one that names others too", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 Edg/120.0.0.0", "Edge on Windows"},
		{"a sentence before a system", "Please call +1 555 0100 to secure your account Windows/1.0", ""},
		{"a sentence in its place", "Mozilla/5.0 (Call 555 0100 now) Gecko/20100101 Firefox/1", ""},
		{"a word and a number", "YourPasswordIsStolen-call-555123/1.0", ""},
		{"a program", "curl/8.5.0", ""},
		{"nothing", "", ""},
	}
	for _, tt := range tests {
		if got := (Device{UserAgent: tt.agent}).Known(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.why, got, tt.want)
		}
	}
}
