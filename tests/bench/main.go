// Command bench prints what Sallyport's operations cost and whether that meets
// its targets, all measured in one run:
//
//	go run ./tests/bench
//	go run ./tests/bench -rows 'sqlite: post refresh' -duration 10s -cpuprofile cpu.prof
//
// It starts the real program as a user would, so what it measures is what
// ships: durable, with everything on. What is compared is measured in the same
// run, in turns, because machines are noisy. NAME=value arguments configure
// that program. The second half of the table needs PostgreSQL.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"
)

func main() {
	if beServer() {
		return
	}
	o, err := parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	exitOn(err)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	exitOn(run(ctx, o, os.Stdout))
}

// beServer serves, where this process was started for that.
func beServer() bool {
	if os.Getenv(bareVariable) != "" {
		exitOn(serveBare())
		return true
	}
	if profile := os.Getenv(profileVariable); profile != "" {
		exitOn(serveProfiled(profile))
		return true
	}
	return false
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures the wanted rows and prints the table. A failed request is an
// error; a missed target is not.
func run(ctx context.Context, o options, w io.Writer) error {
	dir, err := os.MkdirTemp(o.dir, "sallyport-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	engines, stop, err := wantedEngines(o, dir)
	defer stop()
	if err != nil {
		return err
	}
	l, err := newLab(ctx, o, dir)
	if err != nil {
		return err
	}
	if err := introduce(w, l); err != nil {
		return err
	}
	var failures []error
	for _, e := range engines {
		failures = append(failures, l.measure(ctx, e, w))
	}
	fmt.Fprint(w, legend)
	return errors.Join(failures...)
}

const legend = `
Shares are of the rate of the ` + bareGin + `, for POST login of the ` + rawHash + `:
the median over the turns. With more users the value is the cost as a multiple
of that with few.
`

func introduce(w io.Writer, l *lab) error {
	sync, err := syncTime(l.dir)
	fmt.Fprintf(w, "%d connections over loopback TCP, %s per row in turns of up to %s, %d cores shared by client and servers.\n",
		l.connections, l.duration, slice, runtime.GOMAXPROCS(0))
	if load, err := os.ReadFile("/proc/loadavg"); err == nil { // Linux
		before, _, _ := strings.Cut(string(load), " ")
		fmt.Fprintf(w, "Load average before: %s. Other work makes every figure noisy, those of time most.\n", before)
	}
	fmt.Fprintf(w, "Sallyport as it ships, in a process of its own: durable (one fsync here: %s), its log into a file. %s\n",
		sync.Round(time.Microsecond), runtime.Version())
	return err
}

// options are those of one run.
type options struct {
	duration    time.Duration // measured time of each row
	connections int
	users       int            // in the database that has grown
	logins      int            // at once, in a storm
	starts      int            // of the program on each database; the table shows the median
	rows        *regexp.Regexp // which to measure, of "database: row"
	dir         string         // where the databases go; "" is the system's temporary folder
	program     string         // another build of the program; "" builds this one
	profile     string         // file for a CPU profile of the program, "" for none
	variables   []string       // NAME=value, for the program
}

func parse(args []string) (o options, err error) {
	o.starts = 7
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.DurationVar(&o.duration, "duration", 3*time.Second, "measured time of each row")
	flags.IntVar(&o.connections, "connections", 32, "keep-alive connections")
	flags.IntVar(&o.users, "users", 1_000_000, "users in the database that has grown")
	flags.IntVar(&o.logins, "logins", 200, "logins at once, in the storm")
	flags.StringVar(&o.dir, "dir", "", "folder for the SQLite files: its disk is part of the result")
	flags.StringVar(&o.program, "program", "", "measure this build of the program instead of the one in this folder")
	flags.StringVar(&o.profile, "cpuprofile", "", "file for a CPU profile of the server whose rate is measured; choose its row with -rows")
	rows := flags.String("rows", "", "measure only the rows whose \"database: name\" matches this regexp, case ignored")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	o.variables = flags.Args()
	for _, path := range []*string{&o.program, &o.profile} { // servers run in a folder of their own
		if *path == "" {
			continue
		}
		if *path, err = filepath.Abs(*path); err != nil {
			return o, err
		}
	}
	o.rows, err = regexp.Compile("(?i)" + *rows)
	return o, err
}
