package middleware

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestLogLines_TimesAreInUTC(t *testing.T) {
	var log bytes.Buffer
	noon := time.Date(2026, 7, 1, 12, 0, 0, 0, time.FixedZone("CEST", 2*60*60))
	for _, handler := range []slog.Handler{
		LogLines(slog.NewJSONHandler(&log, nil)),
		LogLines(slog.NewTextHandler(&log, nil)).WithAttrs([]slog.Attr{slog.Bool("x", true)}),
	} {
		if err := handler.Handle(context.Background(), slog.NewRecord(noon, slog.LevelInfo, "noon", 0)); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Count(log.String(), "2026-07-01T10:00:00"); got != 2 || strings.Contains(log.String(), "+02:00") {
		t.Errorf("%s", &log)
	}
}

func TestLogLines_NameTheRequestAndItsAddress(t *testing.T) {
	var log bytes.Buffer
	ask(program(t, &log, ok), "POST", "/", "X-Request-Id", "request-1", "Origin", "https://user:hunter2@evil.example\u202e/x?y")
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")[1:] // the first is of no request: add it to CORS_ORIGIN
	if len(lines) != 2 || !strings.Contains(lines[0], `"event":"cross_origin_refused"`) || !strings.Contains(lines[1], `"code":"cross_origin"`) {
		t.Fatalf("%s", &log)
	}
	for _, line := range lines {
		if strings.Count(line, `"ip":"192.0.2.1","requestId":"request-1"`) != 1 || strings.Contains(line, "hunter2") {
			t.Errorf("%s", line)
		}
	}
}
