// Sallyport is a sign-in backend with cookie sessions: one program, one
// database file. `go run .` starts it; command.go has what else it can do.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

func main() {
	if err := run(untilSignal(os.Stderr), os.Args[1:], os.Environ(), os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "sallyport:", err)
		os.Exit(exitCode(err))
	}
}

// run is the program: it returns when ctx ends and everything is closed, or
// with what kept it from starting.
func run(ctx context.Context, args, environ []string, stdout, stderr *os.File) error {
	if text := information(args); text != "" {
		_, err := io.WriteString(stdout, text)
		return err
	}
	chosen, err := commandOf(args)
	if err != nil {
		return err
	}
	cfg, err := chosen.load(environ, "", term.IsTerminal(int(stderr.Fd())))
	if err != nil {
		return err
	}
	log := newLogger(cfg, stderr)
	for _, notice := range cfg.Notices {
		log.Log(ctx, notice.Level, notice.Text)
	}
	store, err := chosen.open(ctx, cfg, log)
	if err != nil {
		return err
	}
	return errors.Join(chosen.run(ctx, program{cfg, store, log, stdout, stderr}), store.Close())
}
