package logs

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"
)

// write returns what a logger of these options writes.
func write(o Options, log func(*slog.Logger)) string {
	var written bytes.Buffer
	log(slog.New(New(&written, o)))
	return written.String()
}

type nested struct{}

func (nested) LogValue() slog.Value {
	return slog.GroupValue(slog.Duration("inside", 90*time.Minute))
}

func TestNew_DurationsAreNeverNanoseconds(t *testing.T) {
	for _, format := range []string{JSON, Text, Pretty} {
		got := write(Options{Format: format}, func(log *slog.Logger) {
			log.With(slog.Duration("with", time.Second)).Info("x", slog.Duration("plain", 1500*time.Millisecond),
				slog.Group("group", slog.Duration("member", 2*time.Second)), slog.Any("any", 3*time.Second), slog.Any("valuer", nested{}))
		})
		if regexp.MustCompile(`\d{6}`).MatchString(strings.SplitN(got, "x", 2)[1]) || strings.Count(got, "0s") < 1 {
			t.Errorf("%s: %s", format, got)
		}
		for _, want := range []string{"1s", "1.5s", "2s", "3s", "1h30m0s"} {
			if !strings.Contains(got, want) {
				t.Errorf("%s: no %s in %s", format, want, got)
			}
		}
	}
}

// request is a line as the middleware logs it.
func request(log *slog.Logger, status int, tookMs float64, more ...slog.Attr) {
	attrs := append([]slog.Attr{slog.String(Method, "GET"), slog.String(Path, "/x"), slog.Int(Status, status), slog.Float64(TookMs, tookMs)}, more...)
	attrs = append(attrs, slog.String(IP, "127.0.0.1"), slog.String(RequestID, "01890a5d"))
	log.LogAttrs(context.Background(), slog.LevelInfo, Request, attrs...)
}

func TestPretty_OneShortLineARequest(t *testing.T) {
	user := slog.String(UserID, "01890a5d-ac96-774b-bcce-b302099a8057")
	tests := []struct {
		color bool
		log   func(*slog.Logger)
		want  string // after the time
	}{
		{false, func(l *slog.Logger) { request(l, 200, 0.3141, user, slog.String("sessionId", "s")) }, "INF GET /x 200 0.3 ms 099a8057\n"},
		{false, func(l *slog.Logger) { request(l, 401, 1234.5, slog.String(Code, "missing_token")) }, "INF GET /x 401 missing_token 1234 ms -\n"},
		{true, func(l *slog.Logger) { request(l, 200, 12.34) }, "\x1b[92mINF\x1b[0m GET /x \x1b[32m200\x1b[0m 12 ms -\n"},
		{true, func(l *slog.Logger) { request(l, 404, 1) }, "\x1b[92mINF\x1b[0m GET /x \x1b[33m404\x1b[0m 1.0 ms -\n"},
		{true, func(l *slog.Logger) { request(l, 500, 1) }, "\x1b[92mINF\x1b[0m GET /x \x1b[31m500\x1b[0m 1.0 ms -\n"},
		{false, func(l *slog.Logger) {
			l.Warn("sign-in failed", "event", "login_failed", "reason", "wrong_password", IP, "127.0.0.1", RequestID, "r")
		}, "WRN sign-in failed event=login_failed reason=wrong_password\n"},
		{false, func(l *slog.Logger) { l.Error("request failed", "error", errors.New("a b"), RequestID, "r") }, `ERR request failed error="a b" requestId=r` + "\n"},
	}
	for _, tt := range tests {
		got := write(Options{Format: Pretty, Color: tt.color}, tt.log)
		plain := regexp.MustCompile(`^(\x1b\[2m)?\d\d:\d\d:\d\d(\x1b\[0m)? `)
		if !plain.MatchString(got) || plain.ReplaceAllString(got, "") != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}

// ours is what the handler itself writes to a terminal.
var ours = regexp.MustCompile(`\x1b\[\d*m`)

// TestPretty_NoTextReachesTheTerminal is also about what tint does with a text that
// looks like an escaped ESC.
func TestPretty_NoTextReachesTheTerminal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`([\x00-\x7f]|\\x1b|\\\\x1b|\x1b\[2J|\xff| |"|\x{9b}|\x{202e}){0,12}`)).Draw(t, "text")
		for _, color := range []bool{true, false} {
			got := write(Options{Format: Pretty, Color: color}, func(log *slog.Logger) {
				log.With("with", text).WithGroup("g").Error(text, "text", text, "error", errors.New(text), slog.Group("group", "member", text), "list", []string{text})
				request(log, 200, 1, slog.String(Path, text))
			})
			if color {
				got = ours.ReplaceAllString(got, "")
			}
			if strings.Count(got, "\n") != 2 || strings.ContainsFunc(strings.ReplaceAll(got, "\n", ""), func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Fatalf("color %v: %q", color, got)
			}
		}
	})
}
