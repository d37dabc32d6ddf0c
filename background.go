package main

import (
	"log/slog"
	"runtime/debug"
	"sync"
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
