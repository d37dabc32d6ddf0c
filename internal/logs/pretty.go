package logs

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/lmittmann/tint"
)

// The line of an answered request, and its attributes.
const (
	Request = "request"
	Method  = "method"
	Path    = "path"
	Status  = "status"
	TookMs  = "tookMs" // milliseconds
	Code    = "code"   // of a refusal
	UserID  = "userId"
)

// What every line of a request also has. A person who watches one program on
// one machine needs neither, but for the id of a failure, which the answer has too.
const (
	IP        = "ip"
	RequestID = "requestId"
)

// pretty writes lines for a person who watches: the local time, and of a request
// no more than method, path, status, code of a refusal, time, and who it was: the
// end of the user's id, or "-".
//
// No client may write to the terminal. tint escapes what is not printable, with
// these exceptions, which [harmless] takes out before: messages, ESC, DEL, and
// the text \x1b, which it makes an ESC where colours are on.
type pretty struct {
	slog.Handler // tint's
	color        bool
}

func newPretty(w io.Writer, o Options) slog.Handler {
	return pretty{tint.NewTextHandler(w, &tint.Options{Level: o.Level, TimeFormat: "15:04:05", NoColor: !o.Color}), o.Color}
}

// Handle implements slog.Handler.
func (h pretty) Handle(ctx context.Context, r slog.Record) error {
	r.Time = r.Time.Local()
	if r.Message == Request {
		return h.Handler.Handle(ctx, withAttrs(r, h.request(r), nil))
	}
	attrs := slices.DeleteFunc(attrsOf(r, harmlessAttr), func(a slog.Attr) bool {
		return a.Key == IP || a.Key == RequestID && r.Level < slog.LevelError
	})
	return h.Handler.Handle(ctx, withAttrs(r, harmlessMessage(r.Message), attrs))
}

// WithAttrs implements slog.Handler.
func (h pretty) WithAttrs(attrs []slog.Attr) slog.Handler {
	return pretty{h.Handler.WithAttrs(each(attrs, harmlessAttr)), h.color}
}

// WithGroup implements slog.Handler.
func (h pretty) WithGroup(name string) slog.Handler {
	return pretty{h.Handler.WithGroup(name), h.color}
}

func (h pretty) request(r slog.Record) string {
	of := map[string]slog.Value{}
	r.Attrs(func(a slog.Attr) bool {
		of[a.Key] = a.Value
		return true
	})
	outcome := strconv.FormatInt(of[Status].Int64(), 10)
	if h.color {
		outcome = colored(of[Status].Int64(), outcome)
	}
	words := []string{harmlessMessage(of[Method].String()), harmlessMessage(of[Path].String()), outcome}
	if code, refused := of[Code]; refused {
		words = append(words, code.String())
	}
	return strings.Join(append(words, milliseconds(of[TookMs].Float64()), who(of)), " ")
}

func who(of map[string]slog.Value) string {
	user, signedIn := of[UserID]
	if !signedIn {
		return "-"
	}
	id := user.String()
	return id[max(0, len(id)-8):] // of a UUIDv7 the end is random and the beginning a time
}

// milliseconds rounds to what a person compares: 0.3 ms, 12 ms, 1200 ms.
func milliseconds(ms float64) string {
	if ms < 10 {
		return fmt.Sprintf("%.1f ms", ms)
	}
	return fmt.Sprintf("%.0f ms", ms)
}

// colored is green for a success, yellow for the client's mistakes, red for ours.
func colored(status int64, text string) string {
	color := 32
	switch {
	case status >= 500:
		color = 31
	case status >= 400:
		color = 33
	}
	return fmt.Sprintf("\x1b[%dm%s\x1b[0m", color, text)
}

// harmlessAttr returns the attribute as text that tint can be given.
func harmlessAttr(a slog.Attr) slog.Attr {
	a.Value = a.Value.Resolve()
	switch a.Value.Kind() {
	case slog.KindGroup:
		a.Value = slog.GroupValue(each(a.Value.Group(), harmlessAttr)...)
	case slog.KindString, slog.KindAny:
		a.Value = slog.StringValue(harmless(a.Value.String()))
	}
	return a
}

var toHarmless = strings.NewReplacer("\x1b", "<ESC>", "\x7f", "<DEL>", `\x1b`, `\x1B`)

func harmless(text string) string { return toHarmless.Replace(strings.ToValidUTF8(text, "?")) }

// harmlessMessage quotes a message that is not all printable.
func harmlessMessage(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }) {
		return strconv.QuoteToASCII(text)
	}
	return text
}
