package config

import (
	"testing"
	"time"
)

func TestDuration_Forms(t *testing.T) {
	tests := []struct {
		in   string
		want time.Duration
		ok   bool
	}{
		{"15m", 15 * time.Minute, true},
		{"168h", 7 * day, true},
		{"7d", 7 * day, true},
		{"1d12h", 36 * time.Hour, true},
		{"0", 0, true},
		{"900", 0, false}, // without a unit
		{"d", 0, false},
		{"-7d", 0, false},
		{"1.5d", 0, false},
		{"1d-1h", 0, false},
		{"99999999999d", 0, false}, // would overflow
		{"9999999999h", 0, false},
		{"7 days", 0, false},
	}
	for _, tt := range tests {
		if got, ok := parseDuration(tt.in); ok != tt.ok || ok && got != tt.want {
			t.Errorf("%q: %v, %v", tt.in, got, ok)
		}
	}
}

func FuzzDuration_NeverNegativeWithDays(f *testing.F) {
	f.Add("7d")
	f.Fuzz(func(t *testing.T, s string) {
		if d, ok := parseDuration(s); ok && d < 0 && s[0] != '-' {
			t.Errorf("%q is %v", s, d)
		}
	})
}
