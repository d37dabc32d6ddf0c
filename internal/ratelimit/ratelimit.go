// Package ratelimit limits how often something may happen for a key, such as
// sign-ins from one address. The counters are in this process, or in a Redis
// that several instances share. Most callers need [NewMemory] or [OpenRedis],
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

// Unlimited is a Limiter that accepts every request.
type Unlimited struct{}

// Take implements Limiter.
func (Unlimited) Take(context.Context, string) error { return nil }

// GiveBack implements Limiter.
func (Unlimited) GiveBack(context.Context, string) {}
