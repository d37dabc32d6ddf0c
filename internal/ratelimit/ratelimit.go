// Package ratelimit limits how often something may happen to a key, such as
// sign-ins from one address. The counters are kept in this process or in a
// Redis that several instances share. Most callers need [NewMemory] or
// [OpenRedis], and [New]. It imports no other package of the program.
package ratelimit

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Limiter limits how often something happens to a key. It is safe for
// concurrent use.
type Limiter interface {
	// Take takes one from what the key has left. Where nothing is left the
	// error is an [*Exceeded]; where the counters cannot be reached it is
	// [ErrUnavailable], unless the policy lets requests through then.
	Take(ctx context.Context, key string) error
	// GiveBack undoes one Take, for what turns out not to count. Where the
	// counters cannot be reached, it stays taken.
	GiveBack(ctx context.Context, key string)
}

// Rate allows Count at once, and gives Count back evenly over each Period.
type Rate struct {
	Count  int
	Period time.Duration
}

// Policy is one named limit.
type Policy struct {
	Name  string // as the operator knows it; it keeps the counters of two limits apart
	Rates []Rate // all of them hold at once
	// FailOpen lets everything through while the counters cannot be reached.
	// Without it nothing passes: no guess goes uncounted.
	FailOpen bool
}

// ErrUnavailable says that the counters cannot be reached.
var ErrUnavailable = errors.New("the limits' counters cannot be reached")

// Exceeded is the error of a key that has nothing left.
type Exceeded struct {
	Limit      string        // the policy's name
	Quota      int           // the Count of the rate that refused
	RetryAfter time.Duration // until one is left again
}

func (e *Exceeded) Error() string {
	return fmt.Sprintf("%s exceeded, one more in %s", e.Limit, e.RetryAfter)
}

// Unlimited is a Limiter that refuses nothing.
type Unlimited struct{}

// Take implements Limiter.
func (Unlimited) Take(context.Context, string) error { return nil }

// GiveBack implements Limiter.
func (Unlimited) GiveBack(context.Context, string) {}
