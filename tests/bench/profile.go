package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/pprof"

	"sallyport/logbuffer"
)

// profileVariable makes this program Sallyport and names the file for
// its CPU profile.
const profileVariable = "SALLYPORT_BENCH_PROFILE"

// serveProfiled serves until it is interrupted, with the log buffer that main
// has.
func serveProfiled(path string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	log := logbuffer.New(os.Stderr)
	defer log.Close()
	s, err := serveInside(ctx, os.Environ(), "", log)
	if err != nil {
		return err
	}
	defer s.close()
	if err := pprof.StartCPUProfile(file); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	fmt.Printf("http://%s\n", s.address)
	<-ctx.Done()
	return nil
}
