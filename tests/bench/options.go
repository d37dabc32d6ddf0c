package main

import (
	"flag"
	"path/filepath"
	"regexp"
	"time"
)

// options are those of one run.
type options struct {
	duration    time.Duration // measured time of each row
	connections int
	users       int            // in the database that has grown
	logins      int            // at once, in a storm
	starts      int            // of the program on each database; the table shows the median
	rows        *regexp.Regexp // which to measure, of "database: row"
	dir         string         // where the databases go; "" is the system's temporary folder
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
	flags.StringVar(&o.profile, "cpuprofile", "", "file for a CPU profile of the server whose rate is measured; choose its row with -rows")
	rows := flags.String("rows", "", "measure only the rows whose \"database: name\" matches this regexp, case ignored")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	o.variables = flags.Args()
	if o.profile != "" {
		if o.profile, err = filepath.Abs(o.profile); err != nil {
			return o, err
		}
	}
	o.rows, err = regexp.Compile("(?i)" + *rows)
	return o, err
}
