package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"sallyport/auth/password"
	"sallyport/config"
	"sallyport/internal/events"
	"sallyport/internal/logs"
	"sallyport/internal/serve"
	"sallyport/models"
	"sallyport/wire"
)

//go:embed openapi.yaml
var spec []byte

var started = events.Info("started", "taking requests")

// start serves until ctx ends.
func start(ctx context.Context, p program) error {
	if err := prepareSchema(ctx, p.cfg, p.store); err != nil {
		return err
	}
	counts := wire.Metrics(p.cfg)
	if counts != nil {
		p.log = slog.New(counts.CountEvents(p.log.Handler()))
	}
	redis, err := wire.Redis(ctx, p.cfg.RedisURL, p.log)
	if err != nil {
		return err
	}
	requests, endLog := requestLog(p.cfg, p.stderr)
	tasks := &background{log: p.log}
	err = startWith(ctx, p, wire.Parts{
		Config: p.cfg, Store: p.store, Redis: redis, Spec: spec, Now: time.Now,
		Background: tasks.run, Draining: func() bool { return ctx.Err() != nil },
		Log: p.log, Requests: newLogger(p.cfg, requests), Metrics: counts,
	})
	tasks.wait()
	_ = endLog() // that nobody reads the log is no failure of the program
	if redis != nil {
		err = errors.Join(err, redis.Close())
	}
	return err
}

func startWith(ctx context.Context, p program, parts wire.Parts) (err error) {
	if parts.Hasher, err = password.NewHasher(password.Recommended); err != nil {
		return err
	}
	if parts.Templates, err = wire.Templates(p.cfg); err != nil {
		return err
	}
	tuneProcess(parts.Hasher)
	built, err := wire.New(parts)
	if err != nil {
		return err
	}
	server, err := wire.Server(p.cfg.TLS, built.Handler, p.log)
	if err != nil {
		return err
	}
	endOps, err := beginOps(p.cfg.Ops, built.Ops, p.log)
	if err != nil {
		return err
	}
	defer endOps() // after the last request: its metrics can be read until then
	ended := beside(ctx, built, p.log)
	err = listen(ctx, p, server)
	ended()
	return err
}

func listen(ctx context.Context, p program, server *http.Server) error {
	listener, err := net.Listen("tcp", net.JoinHostPort(p.cfg.Host, strconv.Itoa(p.cfg.Port)))
	if err != nil {
		return fmt.Errorf("%w (HOST and PORT choose another address)", err)
	}
	if p.cfg.LogFormat != logs.Pretty { // a person reads the banner
		started.Log(ctx, p.log, slog.String("address", listener.Addr().String()), slog.Any("config", p.cfg))
	}
	banner(p.stdout, p.cfg, listener)
	go serve.RequestCertificates(server.TLSConfig, p.cfg.TLS.ACMEDomains, p.log)
	return serve.Until(ctx, server, listener, p.cfg.DrainDelay, p.log)
}

// banner says where the server and its data are. With PORT=0 only the listener knows.
func banner(stdout io.Writer, cfg config.Config, listener net.Listener) {
	url := cfg.PublicURL
	if cfg.Port == 0 {
		scheme, _, _ := strings.Cut(url, "://")
		url = scheme + "://" + listener.Addr().String()
	}
	fmt.Fprintf(stdout, "\n  Sallyport is ready at %s\n", url)
	fmt.Fprintf(stdout, "  Database:             %s\n", cfg.Database.Place())
	if cfg.Mail.Server.Host == "" && !cfg.Production {
		fmt.Fprintf(stdout, "  Mail is kept in:      %s\n", wire.MailFolder(cfg))
	}
	if cfg.Docs {
		fmt.Fprintf(stdout, "  API reference:        %s/docs\n", url)
	}
	fmt.Fprintln(stdout)
}

// prepareSchema applies what is pending, unless MIGRATE is off.
func prepareSchema(ctx context.Context, cfg config.Config, store *models.Store) error {
	if !cfg.Migrate {
		return store.CheckSchema(ctx)
	}
	_, err := store.Migrate(ctx)
	return err
}
