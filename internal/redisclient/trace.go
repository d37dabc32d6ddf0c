package redisclient

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// Trace makes a span of everything that the client is asked later, within the trace
// of its context. It has the names of the commands, and neither their arguments nor
// the text of an error. Call it once, before the client is used.
func Trace(client *redis.Client, tracer trace.Tracer) { client.AddHook(traced{tracer}) }

type traced struct{ tracer trace.Tracer }

// DialHook implements redis.Hook.
func (traced) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessHook implements redis.Hook.
func (t traced) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, command redis.Cmder) error {
		return t.span(ctx, command.FullName(), func(ctx context.Context) error { return next(ctx, command) })
	}
}

// ProcessPipelineHook implements redis.Hook.
func (t traced) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, commands []redis.Cmder) error {
		name := "redis.pipeline"
		if len(commands) > 0 {
			name += " " + commands[0].FullName()
		}
		return t.span(ctx, name, func(ctx context.Context) error { return next(ctx, commands) })
	}
}

func (t traced) span(ctx context.Context, name string, run func(ctx context.Context) error) error {
	ctx, span := t.tracer.Start(ctx, name, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attribute.String("db.system.name", "redis")))
	defer span.End()
	err := run(ctx)
	if err != nil && !errors.Is(err, redis.Nil) {
		span.SetStatus(codes.Error, "")
	}
	return err
}
