package wire

import (
	"context"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/trace"

	"sallyport/config"
	"sallyport/internal/redisclient"
	"sallyport/internal/tracing"
)

const tracerName = "sallyport"

const lastTraces = 2 * time.Second // to send what is left at the end

// Traces returns what makes traces, nil where there are none. end sends what is left.
func Traces(ctx context.Context, c config.Traces, log *slog.Logger) (traces trace.TracerProvider, end func(), err error) {
	if c.Endpoint == "" {
		return nil, func() {}, nil
	}
	made, err := tracing.New(ctx, tracing.Options{Endpoint: c.Endpoint, Service: c.Service, Share: c.Share, Log: log})
	if err != nil {
		return nil, nil, err
	}
	return made, func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastTraces)
		defer cancel()
		if err := made.Shutdown(ctx); err != nil {
			log.Warn("the last traces were not sent", slog.Any("error", err))
		}
	}, nil
}

// traceParts makes spans of statements and of what Redis is asked.
func traceParts(p Parts) error {
	if p.Traces == nil {
		return nil
	}
	tracer := p.Traces.Tracer(tracerName)
	if p.Redis != nil {
		redisclient.Trace(p.Redis, tracer)
	}
	return p.Store.Trace(tracer)
}
