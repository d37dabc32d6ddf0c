package ratelimit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"

	"github.com/throttled/throttled/v2"
)

const (
	swapAttempts = 1000 // compare-and-swap: of parallel requests for one key one succeeds in each round
	digestBytes  = 16   // of SHA-256: a client cannot find two keys with one digest
)

// New returns a limiter for the policy.
func New(counters Counters, p Policy, log *slog.Logger) (Limiter, error) {
	var rates policy
	for _, rate := range p.Rates {
		limiter, err := newGCRA(counters, p, rate, log)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.Name, err)
		}
		rates = append(rates, limiter)
	}
	if len(rates) == 1 {
		return rates[0], nil
	}
	return rates, nil
}

// gcra limits one rate with the generic cell rate algorithm. It stores one
// timestamp for each key.
type gcra struct {
	policy  Policy
	rate    Rate
	limiter *throttled.GCRARateLimiterCtx
	log     *slog.Logger
}

func newGCRA(counters Counters, p Policy, rate Rate, log *slog.Logger) (*gcra, error) {
	store, err := counters.store(fmt.Sprintf("%s:%s:", p.Name, rate.Period))
	if err != nil {
		return nil, err
	}
	quota := throttled.RateQuota{MaxRate: throttled.PerDuration(rate.Count, rate.Period), MaxBurst: rate.Count - 1}
	limiter, err := throttled.NewGCRARateLimiterCtx(store, quota)
	if err != nil {
		return nil, err
	}
	limiter.SetMaxCASAttemptsLimit(swapAttempts)
	return &gcra{p, rate, limiter, log}, nil
}

// Take implements Limiter.
func (l *gcra) Take(ctx context.Context, key string) error {
	limited, result, err := l.charge(ctx, key, 1)
	if err != nil {
		return l.unavailable(ctx, err)
	}
	if limited {
		return &Exceeded{Limit: l.policy.Name, Quota: l.rate.Count, RetryAfter: result.RetryAfter}
	}
	return nil
}

// GiveBack implements Limiter.
func (l *gcra) GiveBack(ctx context.Context, key string) {
	if _, _, err := l.charge(ctx, key, -1); err != nil {
		_ = l.unavailable(ctx, err) // logged
	}
}

// charge ignores the cancellation of ctx: a client that closed its connection
// must count, and must not look like a Redis that does not answer.
func (l *gcra) charge(ctx context.Context, key string, quantity int) (limited bool, result throttled.RateLimitResult, err error) {
	return l.limiter.RateLimitCtx(context.WithoutCancel(ctx), digest(key), quantity)
}

// unavailable logs that the counters do not answer and decides by the policy.
// It does not count in this process instead: with several instances that would
// multiply the limit unnoticed.
func (l *gcra) unavailable(ctx context.Context, cause error) error {
	l.log.ErrorContext(ctx, "the limits' counters cannot be reached", slog.String("event", "limits_unavailable"),
		slog.String("limit", l.policy.Name), slog.Bool("letThrough", l.policy.FailOpen), slog.Any("error", cause))
	if l.policy.FailOpen {
		return nil // fail open: for this policy an answer matters more than the count
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, cause) // fail closed
}

// digest makes all keys equally long and keeps names and addresses out of Redis.
func digest(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:digestBytes])
}
