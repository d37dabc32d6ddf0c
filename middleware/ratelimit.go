package middleware

import (
	"log/slog"
	"math"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"sallyport/internal/apperror"
	"sallyport/internal/events"
	"sallyport/internal/ratelimit"
)

const networkBits = 64 // of an IPv6 address: what one customer gets, who can use any address in it (RFC 6177)

// Limit is a limiter and what it counts of a request.
type Limit struct {
	Limiter ratelimit.Limiter
	Key     func(*gin.Context) string
}

// LimitRequests refuses a request for which one of the limits has nothing left,
// and then counts it in none of them. It stands before everything that costs: no
// hash and no query is spent on what it refuses.
func LimitRequests(limits ...Limit) gin.HandlerFunc {
	return func(c *gin.Context) {
		keyed := make([]ratelimit.Keyed, len(limits))
		for i, limit := range limits {
			keyed[i] = ratelimit.Keyed{Limiter: limit.Limiter, Key: limit.Key(c)}
		}
		if err := ratelimit.Take(c.Request.Context(), keyed...); err != nil {
			Refuse(c, err)
		}
	}
}

// Everybody is the one key of a global limit.
func Everybody(*gin.Context) string { return "" }

// Network is the client's address as limits count it: an IPv4 address, or the
// /64 of an IPv6 address. It is the address of the connection, or what trusted
// proxies say in X-Forwarded-For.
func Network(c *gin.Context) string {
	address := clientAddress(c.Request.Context())
	if !address.Is6() {
		return shown(address) // no address: one key for all such clients
	}
	prefix, _ := address.Prefix(networkBits) // fails for longer prefixes than addresses only
	return prefix.String()
}

// rateLimitedError is the answer to a client that has nothing left.
func rateLimitedError(exceeded *ratelimit.Exceeded) *apperror.Error {
	return &apperror.Error{
		Code:    apperror.CodeRateLimited,
		Message: "too many requests, try again in " + strconv.Itoa(seconds(exceeded.RetryAfter)) + " s",
		Cause:   exceeded,
	}
}

var rateLimited = events.Warn("rate_limited", "rate limit exceeded")

// recordLimit says to the client when to come back, and to the operator that
// somebody was refused (OWASP ASVS 16.3.3). Retry-After is what clients act on; the
// three fields are those of draft-ietf-httpapi-ratelimit-headers-06, which more
// of them read than the RateLimit of later drafts. RateLimit-Reset names the
// same moment, as the draft asks.
func recordLimit(c *gin.Context, log *slog.Logger, exceeded *ratelimit.Exceeded) {
	wait := strconv.Itoa(seconds(exceeded.RetryAfter))
	c.Header("Retry-After", wait)
	c.Header("RateLimit-Limit", strconv.Itoa(exceeded.Quota))
	c.Header("RateLimit-Remaining", "0")
	c.Header("RateLimit-Reset", wait)
	rateLimited.Log(c.Request.Context(), log, slog.String("limit", exceeded.Limit))
}

// seconds rounds up: who comes back then is not refused again.
func seconds(d time.Duration) int { return max(1, int(math.Ceil(d.Seconds()))) }
