// Sallyport is a sign-in backend with cookie sessions: one program, one
// database file. `go run .` starts it; command.go has what else it can do.
package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"sallyport/auth/password"
	"sallyport/config"
	"sallyport/handlers"
	"sallyport/internal/events"
	"sallyport/internal/ratelimit"
	"sallyport/internal/serve"
	"sallyport/logbuffer"
	"sallyport/middleware"
	"sallyport/models"
)

//go:embed openapi.yaml
var spec []byte

// ballast is memory that is asked for and never touched, so that it takes none,
// but counts as live: between two collections the program may leave 6 MB more
// garbage, and marks its word lists half as often. Unlike a higher GOGC it
// adds a fixed amount to the peak of a sign-in storm.
const ballast = 6 << 20 // bytes

func main() {
	defer runtime.KeepAlive(make([]byte, ballast))
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
	command, err := commandOf(args)
	if err != nil {
		return err
	}
	cfg, err := config.Load(environ, "", term.IsTerminal(int(stderr.Fd())))
	if err != nil {
		return err
	}
	log := newLogger(cfg, stderr)
	for _, notice := range cfg.Notices {
		log.Log(ctx, notice.Level, notice.Text)
	}
	store, err := models.Open(ctx, models.Driver(cfg.Database.Driver), cfg.Database.DSN, log)
	if err != nil {
		return err
	}
	return errors.Join(command(ctx, program{cfg, store, log, stdout, stderr}), store.Close())
}

func newLogger(cfg config.Config, w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: cfg.LogLevel}
	var handler slog.Handler = slog.NewTextHandler(w, options)
	if cfg.LogJSON {
		handler = slog.NewJSONHandler(w, options)
	}
	return slog.New(middleware.LogLines(handler))
}

// prepare brings the schema up to date, or refuses one that is not.
func prepare(ctx context.Context, cfg config.Config, store *models.Store) error {
	if cfg.Migrate {
		_, err := store.Migrate(ctx)
		return err
	}
	return upToDate(ctx, store)
}

func upToDate(ctx context.Context, store *models.Store) error {
	pending, err := store.Pending(ctx)
	if err == nil && pending {
		err = errors.New("the database is not up to date: run 'sallyport migrate' first")
	}
	return err
}

// openCounters opens where the limits count.
func openCounters(ctx context.Context, cfg config.Config) (ratelimit.Counters, error) {
	if cfg.Limits.RedisURL == "" || cfg.Limits.Off {
		return ratelimit.NewMemory(time.Now), nil
	}
	counters, err := ratelimit.OpenRedis(ctx, cfg.Limits.RedisURL)
	if err != nil {
		err = fmt.Errorf("REDIS_URL: %w; use redis://user:password@host:6379/0 of a Redis that is running, or unset it", err)
	}
	return counters, err
}

// start serves until ctx ends.
func start(ctx context.Context, p program) error {
	counters, err := openCounters(ctx, p.cfg)
	if err != nil {
		return err
	}
	requests := logbuffer.New(p.stderr)
	err = startWith(ctx, handlers.Options{
		Config: p.cfg, Store: p.store, Counters: counters, Spec: spec, Now: time.Now,
		Log: p.log, Requests: newLogger(p.cfg, requests),
	}, p.stdout)
	return errors.Join(err, requests.Close(), counters.Close())
}

var started = events.Info("started", "taking requests")

func startWith(ctx context.Context, o handlers.Options, stdout io.Writer) (err error) {
	cfg := o.Config
	if err := prepare(ctx, cfg, o.Store); err != nil {
		return err
	}
	if o.Hasher, err = password.NewHasher(password.Recommended); err != nil {
		return err
	}
	// As many hashes run at once as there were processors, each for milliseconds
	// without a pause: one more runs everything else meanwhile.
	runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 1)
	handler, err := handlers.New(o)
	if err != nil {
		return err
	}
	server := serve.New(handler, serve.Recommended, o.Log)
	if server.TLSConfig, err = tlsConfig(cfg.TLS, o.Log); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(cfg.Host, strconv.Itoa(cfg.Port)))
	if err != nil {
		return fmt.Errorf("%w (HOST and PORT choose another address)", err)
	}
	debug.FreeOSMemory() // what the start has left: a hash of 19 MiB, and word lists
	started.Log(ctx, o.Log, slog.String("address", listener.Addr().String()), slog.Any("config", cfg))
	banner(stdout, cfg, listener)
	return serve.Until(ctx, server, listener, o.Log)
}

// banner tells where the server is. With PORT=0 only the listener knows.
func banner(stdout io.Writer, cfg config.Config, listener net.Listener) {
	url := cfg.PublicURL
	if cfg.Port == 0 {
		scheme, _, _ := strings.Cut(url, "://")
		url = scheme + "://" + listener.Addr().String()
	}
	fmt.Fprintf(stdout, "\n  Sallyport is ready at %s\n", url)
	if cfg.Docs {
		fmt.Fprintf(stdout, "  API reference:        %s/docs\n", url)
	}
	fmt.Fprintln(stdout)
}
