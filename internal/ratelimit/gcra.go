package ratelimit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"slices"

	"github.com/throttled/throttled/v2"
)

const (
	swapAttempts = 1000 // compare-and-swap: of parallel requests for one key one succeeds in each round
	digestBytes  = 16   // of SHA-256: a client cannot find two keys with one digest
)

// gcra limits with the generic cell rate algorithm. It stores one timestamp for
// each key and rate.
type gcra struct {
	policy Policy
	tiers  []tier
	log    *slog.Logger
}

type tier struct {
	Rate
	limiter *throttled.GCRARateLimiterCtx
}

// New returns a limiter for the policy.
func New(counters Counters, policy Policy, log *slog.Logger) (Limiter, error) {
	l := &gcra{policy: policy, log: log}
	for _, rate := range policy.Rates {
		store, err := counters.store(fmt.Sprintf("%s:%s:", policy.Name, rate.Period))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", policy.Name, err)
		}
		quota := throttled.RateQuota{MaxRate: throttled.PerDuration(rate.Count, rate.Period), MaxBurst: rate.Count - 1}
		limiter, err := throttled.NewGCRARateLimiterCtx(store, quota)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", policy.Name, err)
		}
		limiter.SetMaxCASAttemptsLimit(swapAttempts)
		l.tiers = append(l.tiers, tier{rate, limiter})
	}
	// Shortest period first: a request that it rejects is not counted by the others.
	slices.SortStableFunc(l.tiers, func(a, b tier) int { return int(a.Period - b.Period) })
	return l, nil
}

// Take implements Limiter.
func (l *gcra) Take(ctx context.Context, key string) error {
	id := digest(key)
	for _, t := range l.tiers {
		limited, result, err := t.charge(ctx, id, 1)
		if err != nil {
			return l.unavailable(ctx, err)
		}
		if limited {
			return &Exceeded{Limit: l.policy.Name, Quota: t.Count, RetryAfter: result.RetryAfter}
		}
	}
	return nil
}

// GiveBack implements Limiter.
func (l *gcra) GiveBack(ctx context.Context, key string) {
	id := digest(key)
	for _, t := range l.tiers {
		if _, _, err := t.charge(ctx, id, -1); err != nil {
			_ = l.unavailable(ctx, err) // logged
			return
		}
	}
}

// charge ignores the cancellation of ctx: a client that closed its connection
// must count, and must not look like a Redis that does not answer.
func (t tier) charge(ctx context.Context, id string, quantity int) (limited bool, result throttled.RateLimitResult, err error) {
	return t.limiter.RateLimitCtx(context.WithoutCancel(ctx), id, quantity)
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
