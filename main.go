// Sallyport is a sign-in backend with cookie sessions: one program, one
// database file. `go run .` starts it; commands.go lists what else it can do.
package main

import (
	"context"
	"fmt"
	"os"
)

func main() {
	sh := shell{environ: os.Environ(), stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}
	if err := run(untilSignal(os.Stderr), os.Args[1:], sh); err != nil {
		fmt.Fprintln(os.Stderr, "sallyport:", err)
		os.Exit(exitCode(err))
	}
}

// run is the program: it returns when ctx ends and everything is closed, or
// with what kept the command from its end.
func run(ctx context.Context, args []string, sh shell) error {
	chosen, err := parse(args, sh)
	if err != nil || chosen == nil {
		return err
	}
	return chosen.Run(ctx, sh)
}
