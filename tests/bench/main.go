// Command bench prints what Sallyport's operations cost next to a bare Gin
// handler and the raw password hash, all measured in one run:
//
//	go run ./tests/bench [-duration 5s] [NAME=value ...]
//
// It starts the real program as a user would, so what it measures is what
// ships. NAME=value pairs configure that program.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"
)

// options is what one run is told.
type options struct {
	duration    time.Duration // measured time of each row
	connections int
	dir         string   // where the database goes; "" is the system's temporary folder
	variables   []string // NAME=value, for the program
}

const slice = time.Second // rows take turns this long, so that a drifting machine drifts for all of them

func main() {
	if os.Getenv(bareVariable) != "" {
		exitOn(serveBare())
		return
	}
	var o options
	flag.DurationVar(&o.duration, "duration", 5*time.Second, "measured time of each row")
	flag.IntVar(&o.connections, "connections", 32, "keep-alive connections")
	flag.StringVar(&o.dir, "dir", "", "folder for the database: its disk is part of the result")
	flag.Parse()
	o.variables = flag.Args()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	exitOn(run(ctx, o, os.Stdout))
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures every row and prints the table. An answer other than 2xx is an
// error; a missed target is not.
func run(ctx context.Context, o options, w io.Writer) (err error) {
	dir, err := os.MkdirTemp(o.dir, "sallyport-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	ctx, stop := context.WithCancel(ctx)
	servers, err := startServers(ctx, dir, o.variables)
	defer func() { stop(); servers.wait() }() // before the folder goes
	if err != nil {
		return err
	}
	sync, err := syncTime(dir)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%d connections over loopback TCP, %s per row in turns of up to %s, %d cores shared by client and servers.\n",
		o.connections, o.duration, slice, runtime.GOMAXPROCS(0))
	fmt.Fprintf(w, "Sallyport as it ships, in a process of its own: SQLite durable (one fsync here: %s), its log into a file. %s\n\n",
		sync.Round(time.Microsecond), runtime.Version())

	rows := allRows(o.connections, servers)
	if err := prepare(rows); err != nil {
		return err
	}
	for turn := -1; turn == -1 || time.Duration(turn)*slice < o.duration; turn++ { // the first warms up
		for _, r := range rows {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			result := measure(r.workers, min(slice, o.duration))
			if turn >= 0 || result.err != nil {
				r.result.add(result)
			}
		}
	}
	printTable(w, rows)
	var failures []error
	for _, r := range rows {
		if r.result.err != nil {
			failures = append(failures, fmt.Errorf("%s: %d errors, one of them: %w", r.name, r.result.failed, r.result.err))
		}
	}
	return errors.Join(failures...)
}

// prepare connects the workers of all rows and signs them in.
func prepare(rows []*row) error {
	var group errgroup.Group
	group.SetLimit(32) // the queue for hashing is not endless
	for _, r := range rows {
		r.workers = make([]func() error, r.count)
		for i := range r.workers {
			group.Go(func() (err error) {
				r.workers[i], err = r.worker()
				return err
			})
		}
	}
	return group.Wait()
}
