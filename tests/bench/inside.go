package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/pprof"
	"sync/atomic"
	"time"

	"sallyport/auth/password"
	"sallyport/config"
	"sallyport/internal/serve"
	"sallyport/middleware"
	"sallyport/models"
	"sallyport/tests/harness"
)

// inside is Sallyport in this process, on a real port, with its statements
// counted.
type inside struct {
	address string
	count   atomic.Int64
	server  *http.Server
	store   *models.Store
}

// serveInside starts it with this environment and a log to w.
func serveInside(ctx context.Context, environment []string, dir string, w io.Writer) (*inside, error) {
	cfg, err := config.Load(environment, dir, false)
	if err != nil {
		return nil, err
	}
	log := slog.New(middleware.LogLines(slog.NewJSONHandler(w, nil)))
	s := &inside{}
	if s.store, err = harness.OpenStore(ctx, cfg.Database, log); err != nil {
		return nil, err
	}
	if err := s.store.OnStatement(func(context.Context) { s.count.Add(1) }); err != nil {
		return nil, err
	}
	hasher, err := password.NewHasher(password.Recommended)
	if err != nil {
		return nil, err
	}
	program, err := harness.Parts{Config: cfg, Store: s.store, Hasher: hasher, Now: time.Now, Log: log}.Build()
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.address = listener.Addr().String()
	s.server = serve.New(program.Handler, serve.Recommended, log)
	go s.server.Serve(listener)
	return s, nil
}

func (s *inside) close() {
	_ = s.server.Close()
	_ = s.store.Close()
}

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
	log := bufio.NewWriter(os.Stderr)
	defer log.Flush()
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
