package config

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Limit names one limit by its variable.
type Limit string

// The limits. PerAddress counts for each client address (IPv6 by /64),
// PerAccount for each account, Global for everybody together.
const (
	RegisterPerAddress Limit = "LIMIT_REGISTER_PER_ADDRESS"
	RegisterGlobal     Limit = "LIMIT_REGISTER_GLOBAL"
	LoginPerAddress    Limit = "LIMIT_LOGIN_PER_ADDRESS"
	LoginPerAccount    Limit = "LIMIT_LOGIN_PER_ACCOUNT"
	LoginGlobal        Limit = "LIMIT_LOGIN_GLOBAL"
	RefreshPerAddress  Limit = "LIMIT_REFRESH_PER_ADDRESS"
	RefreshPerAccount  Limit = "LIMIT_REFRESH_PER_ACCOUNT"
)

// defaultRates are what they allow unless told otherwise; docs/limits.md says
// more.
var defaultRates = map[Limit]string{
	RegisterPerAddress: "30/hour,100/day",         // a class that signs up together
	RegisterGlobal:     "600/minute",              // ten a second fill no disk in a night
	LoginPerAddress:    "20/minute,200/hour",      // an office behind one address
	LoginPerAccount:    "5/minute,20/hour,50/day", // a person who tries what it may have been
	LoginGlobal:        "3000/minute",             // about what two cores can hash
	RefreshPerAddress:  "1200/minute",             // 300 people with a few tabs each open their laptops
	RefreshPerAccount:  "120/minute",              // ten devices, and a stampede on each
}

// Limits holds the rates of every limit.
type Limits struct {
	Off      bool             // RATE_LIMITS=off
	Rates    map[Limit][]Rate // at least one for each limit; all of them hold
	RedisURL string           // where they are counted together with other instances; "" is this process
}

// Rate is Count at once, given back evenly over each Period.
type Rate struct {
	Count  int
	Period time.Duration
}

const maxRate = 1_000_000 // a larger count is a typing error, and still fits a Duration in nanoseconds

// limits reads RATE_LIMITS, REDIS_URL and every LIMIT_ variable.
func (r *reader) limits(production bool) Limits {
	read := Limits{Off: !r.flag("RATE_LIMITS", true), Rates: make(map[Limit][]Rate, len(defaultRates)), RedisURL: r.redis()}
	for _, name := range slices.Sorted(maps.Keys(defaultRates)) {
		read.Rates[name] = r.rates(string(name), defaultRates[name])
	}
	switch {
	case read.Off && production:
		r.fail("RATE_LIMITS", "off lets anybody guess passwords without end, which production refuses", "on, and larger LIMIT_ values where the limits are too tight")
	case read.Off:
		r.warn("RATE_LIMITS=off: passwords can be guessed as fast as this machine can hash; only for benchmarks and load tests")
	}
	return read
}

var periods = map[string]time.Duration{"second": time.Second, "minute": time.Minute, "hour": time.Hour, "day": day}

// rates reads a list such as 20/minute,200/hour.
func (r *reader) rates(name, fallback string) []Rate {
	var rates []Rate
	for _, entry := range strings.Split(r.text(name, fallback), ",") {
		rate, ok := parseRate(strings.TrimSpace(entry))
		if !ok {
			r.fail(name, fmt.Sprintf("%.40q is not a number per second, minute, hour or day", entry), fallback)
			return nil
		}
		if slices.ContainsFunc(rates, func(other Rate) bool { return other.Period == rate.Period }) {
			r.fail(name, "has two rates of one period", fallback)
			return nil
		}
		rates = append(rates, rate)
	}
	return rates
}

func parseRate(s string) (Rate, bool) {
	count, unit, _ := strings.Cut(s, "/")
	n, err := strconv.ParseUint(count, 10, 32)
	period, known := periods[unit]
	return Rate{int(n), period}, err == nil && known && 0 < n && n <= maxRate
}

// redis reads REDIS_URL. Its problems never show the value, which may hold a
// password.
func (r *reader) redis() string {
	value := r.get("REDIS_URL")
	if value == "" {
		return ""
	}
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "redis" && u.Scheme != "rediss" || u.Hostname() == "" {
		r.fail("REDIS_URL", "is not a Redis URL (special characters in the password are %-encoded)", "redis://user:password@host:6379/0, or rediss:// for TLS")
		return ""
	}
	return value
}
