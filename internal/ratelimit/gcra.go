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
	swapAttempts = 1000 // of requests that take from one key at the same moment, one wins each round
	digestBytes  = 16   // of SHA-256: a client cannot find two keys that share a counter
)

// gcra limits with the generic cell rate algorithm: one timestamp for each key
// and rate.
type gcra struct {
	policy Policy
	tiers  []tier
	log    *slog.Logger
}

type tier struct {
	Rate
	limiter *throttled.GCRARateLimiterCtx
}

// New returns the limiter of the policy with its counters in the given place.
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
	// The shortest period first: what it refuses costs the longer ones nothing.
	slices.SortStableFunc(l.tiers, func(a, b tier) int { return int(a.Period - b.Period) })
	return l, nil
}

// Take implements Limiter.
func (l *gcra) Take(ctx context.Context, key string) error {
	digest := digest(key)
	for _, t := range l.tiers {
		limited, result, err := t.charge(ctx, digest, 1)
		if err != nil {
			return l.lost(ctx, err)
		}
		if limited {
			return &Exceeded{Limit: l.policy.Name, Quota: t.Count, RetryAfter: result.RetryAfter}
		}
	}
	return nil
}

// GiveBack implements Limiter.
func (l *gcra) GiveBack(ctx context.Context, key string) {
	digest := digest(key)
	for _, t := range l.tiers {
		if _, _, err := t.charge(ctx, digest, -1); err != nil {
			_ = l.lost(ctx, err) // logged
			return
		}
	}
}

// charge counts also for a client that has left: it must not look like a Redis
// that is gone.
func (t tier) charge(ctx context.Context, digest string, quantity int) (limited bool, result throttled.RateLimitResult, err error) {
	return t.limiter.RateLimitCtx(context.WithoutCancel(ctx), digest, quantity)
}

// lost answers for counters that cannot be reached. There is no falling back
// to counters of this process: several instances would then allow as many
// times the limit, and nobody would notice.
func (l *gcra) lost(ctx context.Context, cause error) error {
	l.log.ErrorContext(ctx, "the limits' counters cannot be reached", slog.String("event", "limits_unavailable"),
		slog.String("limit", l.policy.Name), slog.Bool("letThrough", l.policy.FailOpen), slog.Any("error", cause))
	if l.policy.FailOpen {
		return nil // fail open: the policy says that being counted matters less than being served
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, cause) // fail closed
}

// digest makes keys of one length, whatever a client sends as its name, and
// keeps names and addresses out of Redis.
func digest(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:digestBytes])
}
