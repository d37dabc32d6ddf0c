package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// untilSignal returns a context that ends with the first signal to stop. The
// second one ends the process at once, with exit code 1 and a line to stderr.
// A reader of the log that has gone ends nothing: what is written then is lost.
func untilSignal(stderr io.Writer) context.Context {
	signal.Ignore(syscall.SIGPIPE) // else a write to a closed stdout or stderr ends the process
	signals := make(chan os.Signal, 1)
	for _, stop := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(stop) { // nohup(1) has SIGHUP ignored, a shell SIGINT of a job in the background
			signal.Notify(signals, stop)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-signals
		cancel()
		fmt.Fprintf(stderr, "sallyport: %v again: ending at once, requests in flight are not answered\n", again(signals))
		os.Exit(1)
	}()
	return ctx
}

// oneStop is how long several signals count as one: timeout(1) sends each to the
// process and to its group.
const oneStop = 200 * time.Millisecond

// again waits for a second signal to stop. A SIGHUP is none: a terminal that is
// closed sends it more than once, and systemd may send it after SIGTERM.
func again(signals <-chan os.Signal) os.Signal {
	first := time.Now()
	for next := range signals {
		if next != syscall.SIGHUP && time.Since(first) >= oneStop {
			return next
		}
	}
	return nil
}
