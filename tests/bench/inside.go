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

	"github.com/redis/go-redis/v9"

	"sallyport/auth/password"
	"sallyport/config"
	"sallyport/internal/news"
	"sallyport/internal/redisclient"
	"sallyport/internal/serve"
	"sallyport/middleware"
	"sallyport/models"
	"sallyport/tests/harness"
)

// inside is Sallyport in this process, on a real port, with its statements
// counted.
type inside struct {
	address string
	count   atomic.Int64 // of the statements that requests cost
	server  *http.Server
	store   *models.Store
	redis   *redis.Client // nil where the environment names none
	news    context.CancelFunc
}

// serveInside starts it with this environment and a log to w.
func serveInside(ctx context.Context, environment []string, dir string, w io.Writer) (*inside, error) {
	cfg, err := config.Load(environment, dir, false)
	if err != nil {
		return nil, err
	}
	log := slog.New(middleware.LogLines(slog.NewJSONHandler(w, nil)))
	s := &inside{}
	if cfg.RedisURL != "" {
		if s.redis, err = redisclient.Open(ctx, cfg.RedisURL); err != nil {
			return nil, err
		}
	}
	if s.store, err = harness.OpenStore(ctx, cfg.Database, log); err != nil {
		return nil, err
	}
	if err := s.store.OnStatement(s.counted); err != nil {
		return nil, err
	}
	hasher, err := password.NewHasher(password.Recommended)
	if err != nil {
		return nil, err
	}
	program, err := harness.Parts{Config: cfg, Store: s.store, Redis: s.redis, Hasher: hasher, Now: time.Now, Log: log}.Build()
	if err != nil {
		return nil, err
	}
	ctx, s.news = context.WithCancel(ctx)
	go program.News(ctx)
	if s.redis != nil {
		time.Sleep(news.Settled) // until what comes over Redis is trusted, and nobody asks the database any more
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

func (s *inside) counted(ctx context.Context) {
	if ctx.Value(http.ServerContextKey) != nil {
		s.count.Add(1)
	}
}

func (s *inside) close() {
	_ = s.server.Close()
	s.news()
	if s.redis != nil {
		_ = s.redis.Close()
	}
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
