package handlers

import (
	"log/slog"
	"strings"

	"github.com/gin-gonic/gin"

	"sallyport/config"
	"sallyport/internal/ratelimit"
	"sallyport/middleware"
)

// limits are those of one route, in the order in which they are asked.
type limits []limit

// limit is a limit and what it counts for.
type limit struct {
	name config.Limit
	key  func(*gin.Context) string
}

func perAddress(name config.Limit) limit { return limit{name, middleware.Network} }
func global(name config.Limit) limit     { return limit{name, middleware.Everybody} }

// failOpen are the limits that refuse nobody while Redis is gone. A refresh is
// no guess: its token is signed, and refusing it would sign everybody out within
// the life of an access token. All others fail closed: passwords must not be
// guessed uncounted (OWASP ASVS 16.5.3).
var failOpen = map[config.Limit]bool{
	config.RefreshPerAddress: true,
	config.RefreshPerAccount: true,
}

// limiters makes a limiter of each configured limit.
func limiters(c config.Limits, counters ratelimit.Counters, log *slog.Logger) (map[config.Limit]ratelimit.Limiter, error) {
	made := make(map[config.Limit]ratelimit.Limiter, len(c.Rates))
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
			Name:     strings.ToLower(strings.TrimPrefix(string(name), "LIMIT_")),
			Rates:    rates,
			FailOpen: failOpen[name],
		}
		var err error
		if made[name], err = ratelimit.New(counters, policy, log); err != nil {
			return nil, err
		}
	}
	return made, nil
}
