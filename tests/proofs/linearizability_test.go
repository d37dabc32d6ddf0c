package proofs

import (
	"fmt"
	"net/http"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"sallyport/tests/harness"
)

const (
	concurrent  = 100 // histories of each kind on each deployment; with fewer, some answers would at times not happen
	clients     = 5   // at once
	rounds      = 3   // of a history
	callsEach   = 2   // of one client in one round
	checkerTime = 30 * time.Second
)

// TestLinearizability_ConcurrentHistoriesHaveAnOrder records what several
// clients of one user are answered at once and asks porcupine for an order of
// the calls in which account accepts every answer and which contradicts nobody
// who waited for one answer before the next call.
//
// Between two rounds the clock moves while nothing is in flight: a request
// reads it before it writes, so to move it meanwhile would only test that the
// test allows for it.
//
// The first use of a refresh token is noted beside the request, so it has a place
// of its own in that order: see firstUses.
func TestLinearizability_ConcurrentHistoriesHaveAnOrder(t *testing.T) {
	linearizable(t, func(*harness.Server) {}, (*recorder).untilAnswered)
}

// TestLinearizability_FirstUsesMayBeNotedAfterTheAnswer is the same with first
// uses noted in goroutines, as the program does.
func TestLinearizability_FirstUsesMayBeNotedAfterTheAnswer(t *testing.T) {
	linearizable(t, func(server *harness.Server) { server.Background.Detach() }, (*recorder).untilQuiet)
}

func linearizable(t *testing.T, prepare func(*harness.Server), until func(*recorder, porcupine.Operation) int64) {
	harness.OnEachDeployment(t, func(t *testing.T, server *harness.Server) {
		prepare(server)
		l := limits{15 * time.Minute, 7 * day, 30 * day, 10 * time.Second, 100} // sessions used at the same instant are never evicted
		transport := &http.Transport{MaxIdleConnsPerHost: clients}
		defer transport.CloseIdleConnections()
		seen := &tally{}
		for i := range concurrent {
			c := client{transport, server.PlainURL, fmt.Sprintf("user%d", i)}
			r := newRecorder(c, server)
			if err := r.record(); err != nil {
				t.Fatal(err)
			}
			for _, done := range r.operations {
				seen.add(strings.TrimSuffix(fmt.Sprintf("%s: %s", done.Input.(call).op, done.Output.(answer).code), ": "))
			}
			uses := r.firstUses(func(o porcupine.Operation) int64 { return until(r, o) })
			for range r.late(l.grace) {
				seen.add("answered again after the grace time")
			}
			check(t, specification(account{limits: l, email: c.email(), usesLate: true}), slices.Concat(r.operations, uses))
		}
		t.Logf("%d histories have an order", concurrent)
		seen.log(t)
		seen.want(t, []string{
			"sign in", "sign in: invalid_credentials",
			"answered again after the grace time",
			"refresh", "refresh: ambiguous_cookie", "refresh: session_ended", "refresh: token_reused",
			"current user", "current user: session_ended", "list sessions",
			"log out", "end one session", "end one session: not_found", "end other sessions", "end all sessions",
			"change password", "change password: session_ended", "change password: validation_failed",
		})
	}, "REFRESH_TOKEN_EXPIRY=7d", "SESSION_MAX_AGE=30d", "REFRESH_GRACE=10s", "MAX_SESSIONS=100")
}

// specification is account for porcupine.
func specification(initial account) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return initial },
		Step: func(state, input, output any) (bool, any) {
			next, _, err := state.(account).accept(input.(call), output.(answer))
			return err == nil, next
		},
		Equal:             func(a, b any) bool { return reflect.DeepEqual(a, b) },
		DescribeOperation: func(input, output any) string { return describe(input.(call), output.(answer)) },
		DescribeState:     func(state any) string { return fmt.Sprintf("%+v", state.(account).sessions) },
	}
}

// check fails the test when there is no such order, and when porcupine ran out
// of time looking for one.
func check(t *testing.T, model porcupine.Model, operations []porcupine.Operation) {
	t.Helper()
	result, info := porcupine.CheckOperationsVerbose(model, operations, checkerTime)
	if result == porcupine.Ok {
		return
	}
	picture := filepath.Join(t.ArtifactDir(), "history.html")
	if err := porcupine.VisualizePath(model, info, picture); err != nil {
		t.Error(err)
	}
	var lines strings.Builder
	for _, o := range operations {
		fmt.Fprintf(&lines, "\n%4d to %4d, client %d: %s", o.Call, o.Return, o.ClientId, describe(o.Input.(call), o.Output.(answer)))
	}
	t.Fatalf("linearizable: %s (a picture, kept with -artifacts, is in %s)%s", result, picture, lines.String())
}
