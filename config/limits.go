package config

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Limit is the variable of one limit.
type Limit string

// The limits. PerAddress counts each client address (IPv6 by /64), PerAccount
// each account, PerSession each session that lives, PerRecipient each address that
// mail goes to, Global all clients together.
const (
	RegisterPerAddress Limit = "LIMIT_REGISTER_PER_ADDRESS"
	RegisterGlobal     Limit = "LIMIT_REGISTER_GLOBAL"
	LoginPerAddress    Limit = "LIMIT_LOGIN_PER_ADDRESS"
	LoginPerAccount    Limit = "LIMIT_LOGIN_PER_ACCOUNT"
	LoginGlobal        Limit = "LIMIT_LOGIN_GLOBAL"
	RefreshPerAddress  Limit = "LIMIT_REFRESH_PER_ADDRESS"
	RefreshPerSession  Limit = "LIMIT_REFRESH_PER_SESSION"
	ProfilePerAddress  Limit = "LIMIT_PROFILE_PER_ADDRESS"
	MailPerAddress     Limit = "LIMIT_MAIL_PER_ADDRESS"
	MailPerRecipient   Limit = "LIMIT_MAIL_PER_RECIPIENT"
	MailPerAccount     Limit = "LIMIT_MAIL_PER_ACCOUNT"
	MailGlobal         Limit = "LIMIT_MAIL_GLOBAL"
)

// defaultRates apply to limits that are not set. docs/limits.md gives the reasons.
var defaultRates = map[Limit]string{
	RegisterPerAddress: "30/hour,100/day",         // enough for a school class at one address
	RegisterGlobal:     "600/minute",              // too few to fill a disk in one night
	LoginPerAddress:    "20/minute,200/hour",      // enough for an office behind one address
	LoginPerAccount:    "5/minute,20/hour,50/day", // enough for a user who tries several old passwords
	LoginGlobal:        "3000/minute",             // about as many passwords as two cores can hash
	RefreshPerAddress:  "1200/minute",             // 300 people behind one address, with a few tabs each
	RefreshPerSession:  "120/minute",              // a browser with many tabs, in a loop of errors
	ProfilePerAddress:  "60/hour,300/day",         // a change says whether a username is taken, and is a row of activity
	MailPerAddress:     "20/hour,60/day",          // a client that asks for mail to many addresses
	MailPerRecipient:   "1/minute,5/hour,10/day",  // mail of one kind that anybody can ask for
	MailPerAccount:     "20/hour,50/day",          // notices of a day on which much happens
	MailGlobal:         "300/minute",              // what a small mail server takes
}

// Limits holds the rates of every limit.
type Limits struct {
	Off   bool             // RATE_LIMITS=off
	Rates map[Limit][]Rate // at least one for each limit; all of them apply
}

// Rate allows Count requests at once. They become available again evenly over
// Period.
type Rate struct {
	Count  int
	Period time.Duration
}

const maxRate = 1_000_000 // a larger count is a typing error

// limits reads RATE_LIMITS and every LIMIT_ variable.
func (r *reader) limits(production bool) Limits {
	l := Limits{Off: !r.flag("RATE_LIMITS", true), Rates: make(map[Limit][]Rate, len(defaultRates))}
	for _, name := range slices.Sorted(maps.Keys(defaultRates)) {
		l.Rates[name] = r.rates(string(name), defaultRates[name])
	}
	switch {
	case l.Off && production:
		r.fail("RATE_LIMITS", "off lets anybody guess passwords without limit, which production refuses", "on, and larger LIMIT_ values where the limits are too tight")
	case l.Off:
		r.warn("RATE_LIMITS=off: passwords can be guessed as fast as this machine can hash; only for benchmarks and load tests")
	}
	return l
}

var periods = map[string]time.Duration{"second": time.Second, "minute": time.Minute, "hour": time.Hour, "day": day}

// rates reads a list such as 20/minute,200/hour.
func (r *reader) rates(name, fallback string) []Rate {
	var list []Rate
	for _, entry := range strings.Split(r.text(name, fallback), ",") {
		rate, ok := parseRate(strings.TrimSpace(entry))
		if !ok {
			r.fail(name, fmt.Sprintf("%.40q is not a number per second, minute, hour or day", entry), fallback)
			return nil
		}
		if slices.ContainsFunc(list, func(other Rate) bool { return other.Period == rate.Period }) {
			r.fail(name, "has two rates of one period", fallback)
			return nil
		}
		list = append(list, rate)
	}
	return list
}

func parseRate(s string) (Rate, bool) {
	count, unit, _ := strings.Cut(s, "/")
	n, err := strconv.ParseUint(count, 10, 32)
	period, known := periods[unit]
	return Rate{int(n), period}, err == nil && known && 0 < n && n <= maxRate
}
