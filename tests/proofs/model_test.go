package proofs

import (
	"flag"
	"fmt"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sallyport/tests/harness"
)

// start is when every history begins, to the microsecond that databases keep.
var start = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)

// policy is a configuration that the model test runs under.
type policy struct {
	limits    limits
	variables []string
	start     func(t testing.TB, variables ...string) *harness.Engine
	most      int // histories; 0 for as many as -rapid.checks says
}

var policies = map[string]policy{
	"grace":                  {withGrace, graceVariables, harness.NewEngine, 0},
	"strict, nothing cached": {strict, strictVariables, harness.NewEngine, 0},
	"grace, three instances": {withGrace, graceVariables, harness.NewEngines, 50}, // one takes three times as long on PostgreSQL
}

var (
	withGrace       = limits{15 * time.Minute, 7 * day, 9 * day, 10 * time.Second, 3}
	graceVariables  = []string{"REFRESH_TOKEN_EXPIRY=7d", "SESSION_MAX_AGE=9d", "REFRESH_GRACE=10s", "MAX_SESSIONS=3"}
	strict          = limits{15 * time.Minute, 2 * day, 3 * day, 0, 2}
	strictVariables = []string{"REFRESH_TOKEN_EXPIRY=2d", "SESSION_MAX_AGE=3d", "REFRESH_GRACE=0", "MAX_SESSIONS=2", "SESSION_CACHE_TTL=0"}
)

// TestModel_EveryAnswerIsThePromisedOne runs random histories of one user, as
// many for each policy as -rapid.checks says, and compares every answer with
// account. A failing history is shrunk to a short one.
func TestModel_EveryAnswerIsThePromisedOne(t *testing.T) {
	rules := &tally{}
	t.Cleanup(func() { // after all
		rules.log(t)
		if rules.count("sign up: signed in") >= enough {
			rules.want(t, modelRules)
		}
	})
	for name, p := range policies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engine := p.start(t, p.variables...)
			begun, ended := 0, 0
			rapid.Check(t, func(t *rapid.T) {
				if begun++; p.most > 0 && ended == p.most {
					return
				}
				engine.Clock.Advance(start.Sub(engine.Clock.Now()))
				h := newHistory(t, engine, fmt.Sprintf("user%d", begun), p.limits, rules)
				t.Repeat(h.actions())
				ended++
			})
			wantHistories(t, ended, p.most)
		})
	}
}

const day = 24 * time.Hour

// wantHistories fails the test when fewer histories ran than -rapid.checks asks
// for, and at most most unless that is 0: rapid ends early, without an error, when
// the time of the test is up.
func wantHistories(t *testing.T, ran, most int) {
	t.Helper()
	want, err := strconv.Atoi(flag.Lookup("rapid.checks").Value.String())
	if err != nil {
		t.Fatal(err)
	}
	if testing.Short() {
		want /= 5 // as rapid does
	}
	if most > 0 {
		want = min(want, most)
	}
	if ran < want {
		t.Errorf("%d histories ran, want %d", ran, want)
	}
	t.Logf("%d histories agree with the reference", ran)
}

const enough = 200 // histories, for every rule to apply many times

// modelRules are the rules that no run of that many leaves out.
var modelRules = []string{
	"sign up: signed in",
	"sign in: signed in",
	"sign in: wrong password",
	"sign in: signed in and the least recently used session evicted",
	"refresh: rotated",
	"refresh: answered again",
	"refresh: answered again, successor unused",
	"refresh: rotated, a dead one beside it",
	"refresh: rotated, another of the session beside it",
	"refresh: answered again, another of the session beside it",
	"refresh: answered again, successor unused, another of the session beside it",
	"refresh: replayed, session ended",
	"refresh: replayed, session ended, another of the session beside it",
	"refresh: two sessions live",
	"refresh: session ended",
	"refresh: expired",
	"refresh: past the absolute end",
	"current user: known",
	"current user: known, first use",
	"current user: ambiguous_cookie",
	"current user: session_ended",
	"current user: token_expired",
	"list sessions: listed",
	"log out: session ended",
	"log out: nothing to end",
	"end one session: this one",
	"end one session: another one",
	"end one session: none of this id",
	"end other sessions: ended",
	"end all sessions: ended",
	"change password: changed",
	"change password: not accepted",
	"clock set back",
	"restart",
}
