// Package tracing sends traces of requests to a collector, over OTLP and HTTP.
// Most callers need [New]. It imports no other package of the program.
package tracing

import (
	"context"
	"log/slog"
	"strings"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Options is what traces are sent with. Every field is needed.
type Options struct {
	Endpoint string  // of the collector, without /v1/traces
	Service  string  // the name of this program in the traces
	Share    float64 // of the requests, 0 to 1
	Log      *slog.Logger
}

// New returns what makes traces. Call Shutdown at the end: it sends what is left. A
// collector that does not answer is a warning in the log, and delays nobody.
func New(ctx context.Context, o Options) (*sdk.TracerProvider, error) {
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(strings.TrimSuffix(o.Endpoint, "/")+"/v1/traces"))
	if err != nil {
		return nil, err
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { // for the whole process; else the library prints them
		o.Log.Warn("traces were not sent", slog.Any("error", err))
	}))
	return sdk.NewTracerProvider(
		sdk.WithBatcher(exporter),
		sdk.WithSampler(sdk.ParentBased(ofRequests{sdk.TraceIDRatioBased(o.Share)})),
		sdk.WithResource(resource.NewSchemaless(attribute.String("service.name", o.Service))),
	), nil
}

// ofRequests samples requests alone: what the program does by itself, such as the
// look at the outbox every few seconds, is no trace.
type ofRequests struct{ sdk.Sampler }

// ShouldSample implements sdk.Sampler.
func (s ofRequests) ShouldSample(p sdk.SamplingParameters) sdk.SamplingResult {
	if p.Kind != trace.SpanKindServer {
		return sdk.SamplingResult{Decision: sdk.Drop}
	}
	return s.Sampler.ShouldSample(p)
}
