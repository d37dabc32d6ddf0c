package metrics

import (
	"context"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"
)

// CountEvents returns a handler that counts the lines with an "event", and passes
// on what next is enabled for: LOG_LEVEL decides what is logged, and never what is
// counted. The names of events are constants of the code, so there are few.
func (m *Metrics) CountEvents(next slog.Handler) slog.Handler { return eventCounter{next, m.events} }

type eventCounter struct {
	slog.Handler
	events *prometheus.CounterVec
}

// Enabled implements slog.Handler.
func (h eventCounter) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelInfo || h.Handler.Enabled(ctx, level)
}

// Handle implements slog.Handler.
func (h eventCounter) Handle(ctx context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if a.Key != "event" {
			return true
		}
		h.events.WithLabelValues(a.Value.String()).Inc()
		return false
	})
	if !h.Handler.Enabled(ctx, r.Level) {
		return nil
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h eventCounter) WithAttrs(attrs []slog.Attr) slog.Handler {
	return eventCounter{h.Handler.WithAttrs(attrs), h.events}
}

// WithGroup implements slog.Handler.
func (h eventCounter) WithGroup(name string) slog.Handler {
	return eventCounter{h.Handler.WithGroup(name), h.events}
}
