// Sallyport is a sign-in backend with cookie sessions: one program, one
// database file. `go run .` starts it; command.go has what else it can do.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"

)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "sallyport:", err)
		os.Exit(1)
	}
}

// run is the program: it returns when ctx ends and everything is closed, or
// with what kept it from starting.
func run(ctx context.Context, args, environ []string, stdout, stderr *os.File) error {
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
