package handlers

import "testing"

func TestSlots_NoNetworkTakesThoseOfOthers(t *testing.T) {
	var s slots
	taken := func(network string) (n int) {
		for s.take(network) {
			n++
		}
		return n
	}
	for _, tt := range []struct {
		why, network string
		want         int
	}{
		{"its own share", "192.0.2.1", maxOfNetwork},
		{"nothing more", "192.0.2.1", 0},
		{"another has as many", "192.0.2.2", maxOfNetwork},
		{"a third", "192.0.2.3", maxOfNetwork},
		{"a fourth takes the last", "192.0.2.4", maxUploads - 3*maxOfNetwork},
		{"all are taken", "192.0.2.5", 0},
	} {
		if got := taken(tt.network); got != tt.want {
			t.Errorf("%s: %d slots, want %d", tt.why, got, tt.want)
		}
	}
	for range maxOfNetwork {
		s.free("192.0.2.1")
	}
	if got := taken("192.0.2.5"); got != maxOfNetwork || len(s.of) != 4 {
		t.Errorf("what was given back: %d slots, and %d networks are remembered", got, len(s.of))
	}
}
