package middleware

import (
	"context"
	"log/slog"
)

// LogLines completes every line of the log (OWASP ASVS 16.2.1, 16.2.2): its time
// is in UTC, and one that is logged with a request's context has the request's
// id and the client's address.
func LogLines(next slog.Handler) slog.Handler { return lines{next} }

type lines struct{ slog.Handler }

func (h lines) Handle(ctx context.Context, r slog.Record) error {
	r.Time = r.Time.UTC()
	if from, ok := ctx.Value(originKey{}).(origin); ok {
		r.AddAttrs(slog.String("ip", from.ip), slog.String("requestId", from.requestID))
	}
	return h.Handler.Handle(ctx, r)
}

func (h lines) WithAttrs(attrs []slog.Attr) slog.Handler { return lines{h.Handler.WithAttrs(attrs)} }

func (h lines) WithGroup(name string) slog.Handler { return lines{h.Handler.WithGroup(name)} }
