package wire

import (
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"sallyport/config"
	"sallyport/handlers"
	"sallyport/internal/ratelimit"
)

// counters are in Redis where there is one, else in this process.
func counters(shared *redis.Client) ratelimit.Counters {
	if shared == nil {
		return ratelimit.NewMemory(steady())
	}
	return ratelimit.NewShared(shared)
}

// steady returns a clock that goes on when the system's clock is set back: every
// key would else have nothing left until the clock has caught up.
func steady() func() time.Time {
	began := time.Now()
	return func() time.Time { return began.Add(time.Since(began)) } // time.Since goes by the monotonic clock
}

// limiters holds one for each configured limit.
type limiters map[config.Limit]ratelimit.Limiter

// failOpen are the limits that refuse nobody while Redis is gone. A refresh is
// no guess: its token is signed, and refusing it would sign everybody out within
// the life of an access token. All others fail closed: passwords must not be
// guessed uncounted (OWASP ASVS 16.5.3).
var failOpen = map[config.Limit]bool{
	config.RefreshPerAddress: true,
	config.RefreshPerSession: true,
}

func newLimiters(p Parts) (limiters, error) {
	c := p.Config.Limits
	made := make(limiters, len(c.Rates))
	for name, configured := range c.Rates {
		if c.Off {
			made[name] = ratelimit.Unlimited{}
			continue
		}
		rates := make([]ratelimit.Rate, len(configured))
		for i, rate := range configured {
			rates[i] = ratelimit.Rate(rate)
		}
		policy := ratelimit.Policy{
			Name:     policyName(name),
			Rates:    rates,
			FailOpen: failOpen[name],
		}
		limiter, err := ratelimit.New(p.Counters, policy, p.Log)
		if err != nil {
			return nil, err
		}
		made[name] = counted(limiter, policy.Name, p.Metrics)
	}
	return made, nil
}

// policyName is how the log and the metrics call the limit.
func policyName(name config.Limit) string {
	return strings.ToLower(strings.TrimPrefix(string(name), "LIMIT_"))
}

// ofRoutes are those that the route table names; auth has the ones of accounts.
func (l limiters) ofRoutes() handlers.Limiters {
	return handlers.Limiters{
		RegisterPerAddress: l[config.RegisterPerAddress],
		RegisterGlobal:     l[config.RegisterGlobal],
		LoginPerAddress:    l[config.LoginPerAddress],
		LoginGlobal:        l[config.LoginGlobal],
		RefreshPerAddress:  l[config.RefreshPerAddress],
		ProfilePerAddress:  l[config.ProfilePerAddress],
		MailPerAddress:     l[config.MailPerAddress],
	}
}
