package main

import (
	"context"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"sallyport/wire"
)

// background runs tasks beside the requests, which no answer waits for.
type background struct {
	log     *slog.Logger
	mu      sync.Mutex
	closed  bool
	running sync.WaitGroup
}

// run begins the task. A panic in it is logged and ends the task alone, as one in
// a handler ends its request alone.
func (b *background) run(task func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed { // a request that outlived the drain: its task is one that may be lost
		return
	}
	b.running.Go(func() {
		defer func() {
			if cause := recover(); cause != nil {
				b.log.Error("a task in the background has panicked", slog.Any("error", cause), slog.String("stack", string(debug.Stack())))
			}
		}()
		task()
	})
}

// wait returns when every task has ended; no other begins any more.
func (b *background) wait() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.running.Wait()
}

const sweepEvery = time.Hour

// beside runs what the program does without being asked. It goes on while the last
// requests are answered: the returned function ends it, and waits for the mail
// that is being sent.
func beside(ctx context.Context, built wire.Program, log *slog.Logger) (end func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	if built.Courier != nil {
		running.Go(func() { built.Courier.Run(ctx) })
	}
	running.Go(func() { built.News(ctx) })
	running.Go(func() { sweepNowAndThen(ctx, built, log) })
	return func() {
		cancel()
		running.Wait()
	}
}

func sweepNowAndThen(ctx context.Context, built wire.Program, log *slog.Logger) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := built.Sweep(ctx); err != nil && ctx.Err() == nil {
			log.Warn("what has had its time was not deleted", slog.Any("error", err))
		}
	}
}
