package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	day         = 24 * time.Hour
	second      = time.Second  // the smallest unit of tokens and cookies
	longest     = 3650 * day   // a longer time is a typing error
	maxGrace    = 60 * second  // more would give a thief more time to use a stolen token
	maxCacheTTL = 300 * second // on SQLite: how late a change by another process may be seen
	usualDrain  = 5 * second   // Kubernetes takes a pod out of its services in a second or two
	maxDrain    = 300 * second // of no load balancer that takes longer is known
)

// lifetimes reads the five durations and checks that a shorter life is not
// longer than the one that contains it.
func (r *reader) lifetimes(c *Config) {
	c.AccessToken.Expiry = r.duration("ACCESS_TOKEN_EXPIRY", 15*time.Minute, second, longest)
	c.RefreshToken.Expiry = r.duration("REFRESH_TOKEN_EXPIRY", 7*day, second, longest)
	c.Sessions.MaxAge = r.duration("SESSION_MAX_AGE", 30*day, second, longest)
	c.Sessions.RefreshGrace = r.duration("REFRESH_GRACE", 10*second, 0, maxGrace)
	c.Sessions.CacheTTL = r.duration("SESSION_CACHE_TTL", 30*second, 0, maxCacheTTL)

	if r.failed("ACCESS_TOKEN_EXPIRY", "REFRESH_TOKEN_EXPIRY", "SESSION_MAX_AGE") {
		return
	}
	if c.AccessToken.Expiry >= c.RefreshToken.Expiry {
		r.fail("ACCESS_TOKEN_EXPIRY", "is not shorter than REFRESH_TOKEN_EXPIRY", "15m with a refresh token of 7d")
	}
	if c.RefreshToken.Expiry > c.Sessions.MaxAge {
		r.fail("REFRESH_TOKEN_EXPIRY", "is longer than SESSION_MAX_AGE", "7d with a session of 30d")
	}
}

// drainDelay reads DRAIN_DELAY. In development nobody wants to wait for the end.
func (r *reader) drainDelay(production bool) time.Duration {
	fallback := time.Duration(0)
	if production {
		fallback = usualDrain
	}
	return r.duration("DRAIN_DELAY", fallback, 0, maxDrain)
}

// duration accepts low to high, in whole seconds unless low is 0.
func (r *reader) duration(name string, fallback, low, high time.Duration) time.Duration {
	value := r.get(name)
	if value == "" {
		return fallback
	}
	d, ok := parseDuration(value)
	switch {
	case !ok:
		r.fail(name, fmt.Sprintf("%.40q is not a duration", value), "30s, 15m, 12h or 7d")
	case d < low || d > high:
		wrong := fmt.Sprintf("%.40q is out of range", value)
		r.fail(name, wrong, showDuration(low)+" to "+showDuration(high))
	case low > 0 && d%time.Second != 0:
		r.fail(name, fmt.Sprintf("%.40q is not in whole seconds", value), showDuration(fallback))
	default:
		return d
	}
	return fallback
}

// parseDuration accepts the forms of [time.ParseDuration], and days before
// them: 15m, 168h, 7d, 1d12h. A day is 24 hours.
func parseDuration(s string) (time.Duration, bool) {
	days, rest, found := strings.Cut(s, "d")
	if !found {
		d, err := time.ParseDuration(s)
		return d, err == nil
	}
	n, err := strconv.ParseUint(days, 10, 16) // 16 bits of days cannot overflow a Duration
	if err != nil {
		return 0, false
	}
	d := time.Duration(n) * day
	if rest == "" {
		return d, true
	}
	more, err := time.ParseDuration(rest)
	if err != nil || more < 0 || more >= day {
		return 0, false
	}
	return d + more, true
}

// showDuration writes d in its largest whole unit: 7d, 15m, 10s.
func showDuration(d time.Duration) string {
	switch {
	case d >= day && d%day == 0:
		return fmt.Sprintf("%dd", d/day)
	case d >= time.Hour && d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d >= time.Minute && d%time.Minute == 0:
		return fmt.Sprintf("%dm", d/time.Minute)
	default:
		return fmt.Sprintf("%ds", d/time.Second)
	}
}
