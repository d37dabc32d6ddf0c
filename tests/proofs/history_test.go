package proofs

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"sallyport/tests/harness"
)

const tick = time.Millisecond // between two calls, so that no two sessions were used last at the same time

// history is one user's, made up by rapid as it goes.
type history struct {
	engine  *harness.Engine
	client  client
	account account
	rules   *tally
	access  []token // every one ever issued, oldest first
	refresh []token
}

func newHistory(t *rapid.T, engine *harness.Engine, name string, l limits, rules *tally) *history {
	c := client{engine, "https://sallyport.test", name}
	h := &history{engine: engine, client: c, rules: rules, account: account{limits: l, email: c.email()}}
	h.do(t, call{op: signUp, password: password(0)})
	return h
}

// password returns the i-th of the passwords that a user may have.
func password(i int) string { return fmt.Sprintf("engine-no-%d-plan", i) }

func (h *history) actions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"sign in":                          h.signIn,
		"refresh":                          h.refreshCurrent,
		"refresh again and again":          h.refreshInARow,
		"present any refresh token":        h.presentAny,
		"refresh at a limit":               h.refreshAtLimit,
		"present an access token":          h.presentAccess,
		"present an access token at limit": h.accessAtLimit,
		"end sessions":                     h.endSessions,
		"log out":                          h.logOut,
		"wait":                             h.wait,
		"restart":                          h.restart,
		"":                                 h.everySessionIsAsPromised,
	}
}

// do sends the call and compares the answer with the reference.
func (h *history) do(t *rapid.T, c call) {
	h.compare(t, c)
	h.engine.Clock.Advance(tick)
}

func (h *history) compare(t *rapid.T, c call) {
	c.at = h.engine.Clock.Now()
	got, err := h.client.send(c)
	if err != nil {
		t.Fatal(err)
	}
	next, rule, err := h.account.accept(c, got)
	if err != nil {
		t.Fatalf("%v after sign-up: %v", c.at.Sub(start), err)
	}
	h.rules.add(rule)
	h.account = next
	if got.cookies == set {
		h.access, h.refresh = append(h.access, got.access), append(h.refresh, got.refresh)
	}
}

// everySessionIsAsPromised uses the newest access token of every session, of
// those that have ended too, unless it is too old to show a difference.
func (h *history) everySessionIsAsPromised(t *rapid.T) {
	newest := map[string]token{}
	for _, access := range h.access {
		newest[access.session] = access
	}
	for _, access := range newest {
		if h.fresh(access) {
			h.compare(t, call{op: currentUser, access: access})
		}
	}
}

// signIn signs in on a few devices, one of which brings tokens along.
func (h *history) signIn(t *rapid.T) {
	c := call{op: signIn, password: h.somePassword(t)}
	for range rapid.IntRange(1, 3).Draw(t, "devices") {
		h.do(t, c)
		c.access, c.refresh = h.someAccess(t), h.someRefresh(t)
	}
}

func (h *history) refreshCurrent(t *rapid.T) {
	h.do(t, call{op: refresh, refresh: h.someRefresh(t)})
}

// refreshInARow is a loop that has gone wild, up to more rotations than the
// program remembers.
func (h *history) refreshInARow(t *rapid.T) {
	from := h.someRefresh(t)
	for range rapid.SampledFrom([]int{2, 3, 2, 3, recent, recent + 1}).Draw(t, "times") {
		h.do(t, call{op: refresh, refresh: h.newest(from)})
	}
	h.do(t, call{op: refresh, refresh: from})
}

func (h *history) presentAny(t *rapid.T) {
	h.do(t, call{op: refresh, refresh: rapid.SampledFrom(h.refresh).Draw(t, "refresh token")})
}

// refreshAtLimit presents a token when its grace time, its life or that of its
// session ends, and a microsecond before.
func (h *history) refreshAtLimit(t *rapid.T) {
	presented := h.someRefresh(t)
	if rapid.Bool().Draw(t, "retired") {
		h.do(t, call{op: refresh, refresh: presented})
	}
	moments := []time.Time{presented.expires.Add(leeway)}
	if s := h.account.find(presented.session); s != nil {
		moments = append(moments, s.end(h.account.limits))
		for _, r := range s.tokens {
			if r.raw == presented.raw && !r.at.IsZero() {
				moments = []time.Time{r.at.Add(h.account.limits.grace)}
			}
		}
	}
	h.waitFor(t, moments)
	h.do(t, call{op: refresh, refresh: presented})
}

func (h *history) presentAccess(t *rapid.T) {
	op := rapid.SampledFrom([]operation{currentUser, listSessions}).Draw(t, "operation")
	h.do(t, call{op: op, access: rapid.SampledFrom(h.access).Draw(t, "access token")})
}

func (h *history) accessAtLimit(t *rapid.T) {
	presented := rapid.SampledFrom(h.access).Draw(t, "access token")
	h.waitFor(t, []time.Time{presented.expires.Add(leeway)})
	h.do(t, call{op: currentUser, access: presented})
}

func (h *history) endSessions(t *rapid.T) {
	c := call{
		op:     rapid.SampledFrom([]operation{endOne, endOne, endOne, changePassword, changePassword, endOthers, endAll}).Draw(t, "operation"),
		access: h.someAccess(t),
	}
	switch c.op {
	case endOne:
		c.target = h.someRefresh(t).session
	case changePassword:
		c.password, c.newPassword = h.somePassword(t), password(rapid.IntRange(0, 2).Draw(t, "new password"))
	}
	h.do(t, c)
}

func (h *history) logOut(t *rapid.T) {
	c := call{op: logOut}
	with := rapid.SampledFrom([]string{"access token", "refresh token", "both"}).Draw(t, "with")
	if with != "refresh token" {
		c.access = rapid.SampledFrom(h.access).Draw(t, "access token")
	}
	if with != "access token" {
		c.refresh = rapid.SampledFrom(h.refresh).Draw(t, "refresh token")
	}
	h.do(t, c)
}

func (h *history) wait(t *rapid.T) {
	l := h.account.limits
	steps := []time.Duration{
		time.Second, l.grace / 2, l.grace / 2, l.grace, l.grace, 30 * time.Second, time.Minute,
		l.access, day, l.refresh - time.Minute, l.refresh, l.maxAge,
	}
	h.engine.Clock.Advance(rapid.SampledFrom(steps).Draw(t, "step"))
}

// waitFor moves the clock to one of the moments, or a microsecond before, if it
// is still to come.
func (h *history) waitFor(t *rapid.T, moments []time.Time) {
	moment := rapid.SampledFrom(moments).Draw(t, "moment")
	if rapid.Bool().Draw(t, "just before") {
		moment = moment.Add(-time.Microsecond)
	}
	h.engine.Clock.Advance(max(0, moment.Sub(h.engine.Clock.Now())))
}

func (h *history) restart(t *rapid.T) {
	if err := h.engine.Restart(); err != nil {
		t.Fatal(err)
	}
	h.rules.add("restart")
}

// somePassword is mostly the right one.
func (h *history) somePassword(t *rapid.T) string {
	if rapid.IntRange(0, 4).Draw(t, "wrong password") == 4 {
		return password(rapid.IntRange(0, 2).Draw(t, "password"))
	}
	return h.account.password
}

// someRefresh is mostly the current refresh token of a session that is in use.
func (h *history) someRefresh(t *rapid.T) token {
	if rapid.IntRange(0, 3).Draw(t, "any session") == 3 {
		return rapid.SampledFrom(h.refresh).Draw(t, "refresh token")
	}
	var inUse []token
	for _, s := range h.account.sessions {
		if s.usable(h.account.limits, h.engine.Clock.Now()) {
			inUse = append(inUse, h.newest(token{session: s.id}))
		}
	}
	if len(inUse) == 0 {
		h.do(t, call{op: signIn, password: h.account.password})
		return h.refresh[len(h.refresh)-1]
	}
	return rapid.SampledFrom(inUse).Draw(t, "session")
}

// someAccess is mostly an access token of a session that is in use, got by a
// refresh where the last one is too old.
func (h *history) someAccess(t *rapid.T) token {
	wanted := h.someRefresh(t)
	found := slices.IndexFunc(h.access, func(access token) bool { return access.session == wanted.session && h.fresh(access) })
	if found >= 0 {
		return h.access[found]
	}
	h.do(t, call{op: refresh, refresh: wanted})
	return h.access[len(h.access)-1]
}

// newest returns the last refresh token of the same session.
func (h *history) newest(of token) token {
	for _, r := range h.refresh {
		if r.session == of.session {
			of = r
		}
	}
	return of
}

func (h *history) fresh(access token) bool {
	return h.engine.Clock.Now().Before(access.expires.Add(leeway))
}
