package mail

import "time"

const (
	giveUp = 48 * time.Hour // after a message was written
	jitter = 0.2            // of each delay: those who failed together do not come back together
)

// delays are those after the first attempt, after the second and so on; the last
// one repeats. Greylisting lets a second attempt in after some minutes.
var delays = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 2 * time.Hour}

// next returns when to try the message again after an attempt that failed at now.
// random is from 0 to 1. again = false means never.
func next(m Message, now time.Time, random float64) (at time.Time, again bool) {
	last := m.CreatedAt.Add(giveUp)
	if !now.Before(last) {
		return time.Time{}, false
	}
	delay := delays[min(m.Attempts, len(delays)-1)]
	at = now.Add(delay + time.Duration(float64(delay)*jitter*(2*random-1)))
	if at.After(last) {
		at = last
	}
	return at, true
}
