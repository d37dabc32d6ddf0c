package mail

import (
	"testing"
	"time"
)

func TestNext_WaitsLongerEachTimeAndNeverPastTwoDays(t *testing.T) {
	written := time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		attempts int
		age      time.Duration
		random   float64
		after    time.Duration // 0: never again
	}{
		{0, 0, 0.5, time.Minute},
		{1, time.Minute, 0.5, 5 * time.Minute}, // greylisting lets the second or third attempt in
		{2, time.Hour, 0.5, 15 * time.Minute},
		{3, time.Hour, 0.5, time.Hour},
		{4, time.Hour, 0.5, 2 * time.Hour},
		{1000, time.Hour, 0.5, 2 * time.Hour},
		{0, 0, 0, 48 * time.Second}, // jitter, at its two ends
		{0, 0, 1, 72 * time.Second},
		{9, 47 * time.Hour, 0.5, time.Hour}, // the last attempt is at the end of the two days
		{9, 48 * time.Hour, 0.5, 0},
		{0, 100 * time.Hour, 0.5, 0},      // the program was down
		{0, -time.Hour, 0.5, time.Minute}, // the clock was set back
	}
	for _, tt := range tests {
		now := written.Add(tt.age)
		at, again := next(Message{CreatedAt: written, Attempts: tt.attempts}, now, tt.random)
		if again != (tt.after > 0) || again && at.Sub(now) != tt.after {
			t.Errorf("%+v: after %s, %t", tt, at.Sub(now), again)
		}
	}
}

func TestNext_RetriesForHoursButNotManyTimes(t *testing.T) {
	written := time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)
	m, now := Message{CreatedAt: written}, written
	for {
		at, again := next(m, now, 1)
		if !again {
			break
		}
		if !at.After(now) {
			t.Fatalf("attempt %d is not after the one before", m.Attempts)
		}
		m.Attempts, now = m.Attempts+1, at
	}
	if now != written.Add(giveUp) || m.Attempts < 20 || m.Attempts > 40 {
		t.Errorf("%d attempts in %s", m.Attempts, now.Sub(written))
	}
}
