package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

const (
	lease    = 3 * time.Minute // longer than an attempt, which has two conversations at most
	parallel = 4               // conversations; what most servers allow one client
	pause    = 5 * time.Second // between two looks at the queue, for messages of other instances and retries
	drain    = 5 * time.Second // for what is being sent when the program stops, behind the 20 for requests
)

// Sender delivers one mail to its one recipient. An error that is [ErrRefused]
// says that another attempt is useless.
type Sender interface {
	Send(ctx context.Context, m Mail) error
}

// Outcome is what became of an attempt to deliver a message.
type Outcome string

// The outcomes. After Retried there is another attempt, after the others none.
const (
	Delivered Outcome = "delivered"
	Dropped   Outcome = "dropped" // nobody wants it any more
	Retried   Outcome = "retried"
	GivenUp   Outcome = "given_up" // refused, or not delivered in 48 hours
)

// Options is what a courier works with. Every field is needed.
type Options struct {
	Queue     Queue
	Prepare   Prepare
	Templates *Templates
	Sender    Sender
	// Report is called after each attempt; err says why it was not Delivered.
	Report func(ctx context.Context, m Message, outcome Outcome, err error)
	Now    func() time.Time
	Log    *slog.Logger
}

// Courier delivers the messages of a queue. Several may work on one queue, in one
// process or in many.
type Courier struct {
	Options
	wake  chan struct{}
	slots chan struct{} // one for each conversation
}

// NewCourier returns a courier that delivers nothing before [Courier.Run] or
// [Courier.Deliver].
func NewCourier(o Options) *Courier {
	return &Courier{o, make(chan struct{}, 1), make(chan struct{}, parallel)}
}

// Wake says that there may be something to deliver. It returns at once.
func (c *Courier) Wake() {
	select {
	case c.wake <- struct{}{}:
	default: // it is awake
	}
}

// Run delivers until ctx ends. Then it begins nothing new, waits 5 seconds at
// most for what is being sent, and returns.
func (c *Courier) Run(ctx context.Context) {
	r := c.begin(ctx)
	defer r.end()
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for ctx.Err() == nil {
		if err := r.pass(ctx); err != nil && ctx.Err() == nil {
			c.Log.Error("the mail that waits cannot be read", slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
		case <-c.wake:
		case <-ticker.C:
		}
	}
}

// Deliver tries every message that is due, once, and returns how many of them were
// delivered. An error is one of the queue.
func (c *Courier) Deliver(ctx context.Context) (sent int, err error) {
	r := c.begin(ctx)
	err = r.pass(ctx)
	r.end()
	return int(r.sent.Load()), err
}

// round is what one call of Run or Deliver has begun.
type round struct {
	*Courier
	sending context.Context // ends a while after the one of the call
	cancel  func()
	running sync.WaitGroup
	sent    atomic.Int64
}

func (c *Courier) begin(ctx context.Context) *round {
	sending, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(drain, cancel) })
	return &round{Courier: c, sending: sending, cancel: func() { stop(); cancel() }}
}

// end waits for what has begun.
func (r *round) end() {
	r.running.Wait()
	r.cancel()
}

// pass begins to deliver every message that is due, as slots get free.
func (r *round) pass(ctx context.Context) error {
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
			return nil
		case r.slots <- struct{}{}:
		}
		now := r.Now()
		due, err := r.Queue.LeaseMail(ctx, now, now.Add(lease), 1)
		if err != nil || len(due) == 0 {
			<-r.slots
			return err
		}
		r.running.Go(func() {
			defer func() { <-r.slots }()
			r.deliver(due[0])
		})
	}
	return nil
}

// deliver makes one attempt and settles the message in the queue. What the queue
// does not take is tried again when the lease has ended.
func (r *round) deliver(m Message) {
	outcome, failure := r.attempt(r.sending, m)
	settled := context.WithoutCancel(r.sending)
	var err error
	if outcome == Retried {
		at, again := next(m, r.Now(), rand.Float64()) // #nosec G404 -- no secret
		if again {
			err = r.Queue.RetryMail(settled, m, at)
		} else {
			outcome = GivenUp
		}
	}
	if outcome != Retried {
		err = r.Queue.RemoveMail(settled, m)
	}
	if err != nil {
		r.Log.Error("the mail that waits cannot be changed", slog.Any("error", err))
	}
	if outcome == Delivered {
		r.sent.Add(1)
	}
	r.Report(settled, m, outcome, failure)
}

// attempt sends the message, if somebody wants it. A panic ends it alone.
func (c *Courier) attempt(ctx context.Context, m Message) (outcome Outcome, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			outcome, err = Retried, fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
		}
	}()
	letter, wanted, err := c.Prepare(ctx, m)
	if err != nil {
		return Retried, err
	}
	if !wanted {
		return Dropped, nil
	}
	mail, err := c.Templates.Render(m, letter, c.Now())
	if err != nil {
		return Retried, err
	}
	err = c.Sender.Send(ctx, mail)
	switch {
	case err == nil:
		return Delivered, nil
	case errors.Is(err, ErrRefused):
		return GivenUp, err
	}
	return Retried, err
}
