// Package ratelimit limits how often something may happen for a key, such as
// sign-ins from one address. The counters are in this process, or in a Redis
// that several instances share. Most callers need [NewMemory] or [NewShared],
// and [New]. It imports no other package of the program.
package ratelimit

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Limiter limits how often something happens for a key. It is safe for
// concurrent use.
type Limiter interface {
	// Take counts one request. If the key has none left the error is an
	// [*Exceeded]. If the counters do not answer it is [ErrUnavailable], or nil
	// under a policy that fails open.
	Take(ctx context.Context, key string) error
	// GiveBack undoes one Take. If the counters do not answer it does nothing.
	GiveBack(ctx context.Context, key string)
}

// Rate allows Count requests at once. They become available again evenly over
// Period.
type Rate struct {
	Count  int
	Period time.Duration
}

// Policy is one named limit.
type Policy struct {
	Name  string // the name of the variable; each name has counters of its own
	Rates []Rate // all of them apply
	// FailOpen accepts every request while the counters do not answer. Without
	// it every request is rejected then (fail closed), so each guess is counted.
	FailOpen bool
}

// ErrUnavailable is the error of counters that do not answer.
var ErrUnavailable = errors.New("the limits' counters cannot be reached")

// Exceeded is the error of a key that has no requests left.
type Exceeded struct {
	Limit      string        // the policy's name
	Quota      int           // the Count of the rate that rejected the request
	RetryAfter time.Duration // until the next request is accepted
}

func (e *Exceeded) Error() string {
	return fmt.Sprintf("%s exceeded, one more in %s", e.Limit, e.RetryAfter)
}

// Keyed is a limiter and the key that it counts for.
type Keyed struct {
	Limiter
	Key string
}

// Take counts one request in each of the limits, or in none: a request that one
// of them refuses does not use up the others. Of several that refuse it the error
// is the [*Exceeded] with the longest wait, so that the request passes after it
// if no other comes before. Other errors are those of [Limiter.Take].
func Take(ctx context.Context, limits ...Keyed) error {
	var refusal error
	var longest time.Duration
	var counted []Keyed
	for _, limit := range limits {
		err := limit.Take(ctx, limit.Key)
		var exceeded *Exceeded
		if err == nil {
			counted = append(counted, limit)
		} else if !errors.As(err, &exceeded) { // the counters do not answer
			refusal = err
			break
		} else if exceeded.RetryAfter > longest {
			refusal, longest = err, exceeded.RetryAfter
		}
	}
	if refusal != nil {
		for _, limit := range counted {
			limit.GiveBack(ctx, limit.Key)
		}
	}
	return refusal
}

// policy is the limiters of its rates.
type policy []Limiter

func (p policy) keyed(key string) []Keyed {
	limits := make([]Keyed, len(p))
	for i, rate := range p {
		limits[i] = Keyed{rate, key}
	}
	return limits
}

// Take implements Limiter.
func (p policy) Take(ctx context.Context, key string) error { return Take(ctx, p.keyed(key)...) }

// GiveBack implements Limiter.
func (p policy) GiveBack(ctx context.Context, key string) {
	for _, rate := range p {
		rate.GiveBack(ctx, key)
	}
}

// Unlimited is a Limiter that accepts every request.
type Unlimited struct{}

// Take implements Limiter.
func (Unlimited) Take(context.Context, string) error { return nil }

// GiveBack implements Limiter.
func (Unlimited) GiveBack(context.Context, string) {}
