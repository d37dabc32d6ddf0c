package metrics

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func shown(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func want(t *testing.T, m *Metrics, lines ...string) {
	t.Helper()
	text := "\n" + shown(t, m)
	for _, line := range lines {
		if !strings.Contains(text, "\nsallyport_"+line+"\n") {
			t.Errorf("%s is not among:\n%s", line, text)
		}
	}
}

func TestRequest_WhatAClientChoosesMakesNoSeries(t *testing.T) {
	m := New(Labels{})
	m.Request("/a/:id", http.MethodGet, 200, time.Millisecond)
	for _, word := range []string{"BREW", "get", "GET ", "\xff", strings.Repeat("A", 9999)} {
		m.Request("", word, 404, time.Millisecond)
	}
	m.Request("", http.MethodHead, 404, time.Millisecond)
	want(t, m,
		`http_requests_total{code="200",method="GET",route="/a/:id"} 1`,
		`http_requests_total{code="404",method="other",route="unmatched"} 5`,
		`http_requests_total{code="404",method="HEAD",route="unmatched"} 1`,
		`http_request_duration_seconds_bucket{method="GET",route="/a/:id",le="0.001"} 1`,
	)
}

func TestOutcomes_AreThereFromTheStartAndNeverMore(t *testing.T) {
	m := New(Labels{SignIns: []string{"succeeded"}, Refreshes: []string{"rotated", "token_reused"}, Limits: []string{"login"}})
	m.SignIn("succeeded")
	m.Refresh("what is new")
	m.Limited("login")
	m.Lookup(true)
	want(t, m,
		`sign_ins_total{outcome="succeeded"} 1`, `sign_ins_total{outcome="other"} 0`,
		`refreshes_total{outcome="token_reused"} 0`, `refreshes_total{outcome="other"} 1`,
		`limit_refusals_total{limit="login"} 1`,
		`cache_lookups_total{result="hit"} 1`, `cache_lookups_total{result="miss"} 0`,
	)
}

func TestEvents_AreCountedWhateverTheLogLevelIs(t *testing.T) {
	var out strings.Builder
	m := New(Labels{})
	log := slog.New(m.CountEvents(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelWarn})))
	log.Info("one", slog.String("event", "signed_in"))
	log.With("a", 1).WithGroup("g").Warn("two", slog.Int("n", 1), slog.String("event", "locked"))
	log.Info("none")
	log.Debug("one", slog.String("event", "too_low"))
	want(t, m, `events_total{event="signed_in"} 1`, `events_total{event="locked"} 1`)
	if said := out.String(); strings.Count(said, "\n") != 1 || !strings.Contains(said, "msg=two a=1 g.n=1") || strings.Contains(shown(t, m), "too_low") {
		t.Errorf("%s", said)
	}
}

func TestSources_AreAskedAtEachLook(t *testing.T) {
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	var failure error
	s := Sources{
		Hashing: func() Hashing { return Hashing{Running: 2, Waiting: 3, Refused: 4} },
		Cached:  func() int { return 5 },
		Pool: func() sql.DBStats {
			return sql.DBStats{MaxOpenConnections: 10, InUse: 6, Idle: 7, WaitCount: 8, WaitDuration: 1500 * time.Millisecond}
		},
		Outbox: func(context.Context) (int, time.Time, error) { return 9, now.Add(-time.Minute), failure },
		News:   func() bool { return true },
		Now:    func() time.Time { return now },
	}
	m := New(Labels{})
	m.Watch(s)
	others := []string{
		"hashes_running 2", "hashes_waiting 3", "hashes_refused_total 4", "cache_users 5",
		`database_connections{state="in_use"} 6`, `database_connections{state="idle"} 7`, "database_connections_max 10",
		"database_waits_total 8", "database_wait_seconds_total 1.5", "news_trusted 1",
	}
	want(t, m, append(others, "outbox_waiting 9", "outbox_oldest_seconds 60")...)

	failure = errors.New("the database is away")
	want(t, m, others...)
	if strings.Contains(shown(t, m), "sallyport_outbox") {
		t.Error("the outbox is shown, though nobody could look")
	}
}

func BenchmarkRequest(b *testing.B) {
	m := New(Labels{})
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			m.Request("/api/v1/users/current-user", http.MethodGet, 200, time.Millisecond)
		}
	})
}

func BenchmarkEvent(b *testing.B) {
	log := slog.New(New(Labels{}).CountEvents(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelError})))
	for b.Loop() {
		log.Info("one", slog.String("event", "signed_in"))
	}
}
