package middleware

import (
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// traced are the methods that a span names; every other is "_OTHER".
var traced = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPatch, http.MethodDelete, http.MethodPut, http.MethodOptions}

// Trace makes each request a trace of its own. A client's traceparent is not read:
// it would choose what is sampled, and which trace a request belongs to. The span
// has the route, the method and the status, and nothing that the client wrote.
// Source of the names: OpenTelemetry Semantic Conventions, HTTP spans.
func Trace(tracer trace.Tracer) gin.HandlerFunc {
	return func(c *gin.Context) {
		method, route := c.Request.Method, c.FullPath()
		if !slices.Contains(traced, method) {
			method = "_OTHER"
		}
		name := method
		attributes := []attribute.KeyValue{attribute.String("http.request.method", method)}
		if route != "" {
			name += " " + route
			attributes = append(attributes, attribute.String("http.route", route))
		}
		ctx, span := tracer.Start(c.Request.Context(), name, trace.WithNewRoot(), trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(attributes...))
		defer span.End()
		c.Request = c.Request.WithContext(ctx)
		c.Next()
		status := c.Writer.Status()
		span.SetAttributes(attribute.Int("http.response.status_code", status))
		if last := c.Errors.Last(); last != nil && status >= http.StatusBadRequest {
			span.SetAttributes(attribute.String("error.type", string(refusalOf(last.Err).Code)))
		}
		if status >= http.StatusInternalServerError {
			span.SetStatus(codes.Error, "")
		}
	}
}
