package middleware

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"net/netip"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"sallyport/auth"
	"sallyport/ratelimit"
)

const networkBits = 64 // of an IPv6 address: what one customer gets, who can use any address in it (RFC 6177)

// LimitRequests refuses a request whose key has nothing left. It stands before
// everything that costs: no hash and no query is spent on what it refuses.
func LimitRequests(limiter ratelimit.Limiter, key func(*gin.Context) string) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := limiter.Take(c.Request.Context(), key(c)); err != nil {
			Refuse(c, limited(err))
		}
	}
}

// Everybody is the one key of a global limit.
func Everybody(*gin.Context) string { return "" }

// Network is the client's address as limits count it: an IPv4 address, or the
// /64 of an IPv6 address. It is the address of the connection, or what trusted
// proxies say in X-Forwarded-For.
func Network(c *gin.Context) string {
	address, err := netip.ParseAddr(c.ClientIP())
	if err != nil {
		return "" // no address: one key for all such clients
	}
	address = address.Unmap()
	if address.Is4() {
		return address.String()
	}
	prefix, _ := address.Prefix(networkBits) // fails for longer prefixes than addresses only
	return prefix.String()
}

// AccountLimiter makes a limiter's errors the refusals that auth passes on.
type AccountLimiter struct{ ratelimit.Limiter }

// Take implements auth.Limiter.
func (l AccountLimiter) Take(ctx context.Context, key string) error {
	if err := l.Limiter.Take(ctx, key); err != nil {
		return limited(err)
	}
	return nil
}

// limited turns a limiter's error into a refusal.
func limited(err error) error {
	var exceeded *ratelimit.Exceeded
	if !errors.As(err, &exceeded) {
		return &auth.Error{Code: auth.CodeUnavailable, Message: "the service is not available at the moment, try again shortly", Cause: err}
	}
	return &auth.Error{
		Code:    CodeRateLimited,
		Message: "too many requests, try again in " + strconv.Itoa(seconds(exceeded.RetryAfter)) + " s",
		Cause:   err,
	}
}

var rateLimited = auth.Event{Name: "rate_limited", Level: slog.LevelWarn, Message: "rate limit exceeded"}

// tellLimit tells the client when to come back, and the operator that somebody
// was sent away (OWASP ASVS 16.3.3). Retry-After is what clients act on; the
// three fields are those of draft-ietf-httpapi-ratelimit-headers-06, which more
// of them read than the RateLimit of later drafts. RateLimit-Reset names the
// same moment, as the draft asks.
func tellLimit(c *gin.Context, log *slog.Logger, exceeded *ratelimit.Exceeded) {
	wait := strconv.Itoa(seconds(exceeded.RetryAfter))
	c.Header("Retry-After", wait)
	c.Header("RateLimit-Limit", strconv.Itoa(exceeded.Quota))
	c.Header("RateLimit-Remaining", "0")
	c.Header("RateLimit-Reset", wait)
	rateLimited.Log(c.Request.Context(), log, slog.String("limit", exceeded.Limit))
}

// seconds rounds up: who comes back then is not refused again.
func seconds(d time.Duration) int { return max(1, int(math.Ceil(d.Seconds()))) }
