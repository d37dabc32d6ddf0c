// Package logs writes log lines, in one of three formats. Most callers need
// [New]. It imports no other package of the program.
package logs

import (
	"context"
	"io"
	"log/slog"
)

// The formats.
const (
	Pretty = "pretty" // for people: see [pretty]
	Text   = "text"   // key=value
	JSON   = "json"
)

// Options says how lines are written.
type Options struct {
	Format string // Pretty, Text or JSON
	Level  slog.Level
	Color  bool // of Pretty
}

// New returns a handler that writes each line with one call of w.Write. A
// duration is text, such as 1.5s: programs do not agree on the unit of a number.
func New(w io.Writer, o Options) slog.Handler {
	switch o.Format {
	case JSON:
		return inJSON{slog.NewJSONHandler(w, &slog.HandlerOptions{Level: o.Level})}
	case Text:
		return slog.NewTextHandler(w, &slog.HandlerOptions{Level: o.Level})
	}
	return newPretty(w, o)
}

// inJSON is slog's JSON handler without its durations in nanoseconds. A
// ReplaceAttr would cost three times as much for each line.
type inJSON struct{ slog.Handler }

func (h inJSON) Handle(ctx context.Context, r slog.Record) error {
	plain := true
	r.Attrs(func(a slog.Attr) bool {
		kind := a.Value.Kind()
		plain = kind != slog.KindDuration && kind != slog.KindGroup && kind != slog.KindLogValuer
		return plain
	})
	if !plain {
		r = withAttrs(r, r.Message, attrsOf(r, inWords))
	}
	return h.Handler.Handle(ctx, r)
}

func (h inJSON) WithAttrs(attrs []slog.Attr) slog.Handler {
	return inJSON{h.Handler.WithAttrs(each(attrs, inWords))}
}

func (h inJSON) WithGroup(name string) slog.Handler { return inJSON{h.Handler.WithGroup(name)} }

// inWords returns the attribute with its durations, also those of its groups, as
// text.
func inWords(a slog.Attr) slog.Attr {
	a.Value = a.Value.Resolve()
	switch a.Value.Kind() {
	case slog.KindDuration:
		a.Value = slog.StringValue(a.Value.Duration().String())
	case slog.KindGroup:
		a.Value = slog.GroupValue(each(a.Value.Group(), inWords)...)
	}
	return a
}

func each(attrs []slog.Attr, f func(slog.Attr) slog.Attr) []slog.Attr {
	changed := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		changed[i] = f(a)
	}
	return changed
}

// attrsOf returns f of each attribute of the line.
func attrsOf(r slog.Record, f func(slog.Attr) slog.Attr) (attrs []slog.Attr) {
	r.Attrs(func(a slog.Attr) bool {
		attrs = append(attrs, f(a))
		return true
	})
	return attrs
}

// withAttrs returns the line with another message and other attributes.
func withAttrs(r slog.Record, message string, attrs []slog.Attr) slog.Record {
	next := slog.NewRecord(r.Time, r.Level, message, r.PC)
	next.AddAttrs(attrs...)
	return next
}
