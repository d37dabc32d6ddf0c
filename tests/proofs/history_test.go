package proofs

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"sallyport/tests/harness"
)

const tick = time.Millisecond // between two calls

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

// do sends the call and compares the answer with the reference.
func (h *history) do(t *rapid.T, c call) {
	h.compare(t, c)
	h.engine.Clock.Advance(tick)
}

// now is a time at which no session was used last: of two that were used at the
// same instant either may be evicted.
func (h *history) now() time.Time {
	for {
		now := h.engine.Clock.Now()
		if !slices.ContainsFunc(h.account.sessions, func(s session) bool { return s.lastUsed.Equal(now) }) {
			return now
		}
		h.engine.Clock.Advance(time.Microsecond)
	}
}

func (h *history) compare(t *rapid.T, c call) {
	c.at = h.now()
	got, err := h.client.send(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%v: %s", c.at.Sub(start), describe(c, got)) // shown for a history that fails
	next, rule, err := h.account.accept(c, got)
	if err != nil {
		t.Fatal(err)
	}
	h.rules.add(rule)
	h.account = next
	if got.cookies == set {
		h.access, h.refresh = append(h.access, got.access), append(h.refresh, got.refresh)
	}
}

// everySessionIsAsPromised uses an access token of every session, of those that
// have ended lately too: the newest that is not too old to show a difference and
// is not the first use of a refresh token, which would change what comes next.
func (h *history) everySessionIsAsPromised(t *rapid.T) {
	newest := map[string]token{}
	for i, access := range h.access {
		lately := len(h.access)-i < 6
		c := call{access: access, at: h.engine.Clock.Now()}
		if (lately || h.account.find(access.session) != nil) && h.fresh(access) && h.account.firstUsed(c) == nil {
			newest[access.session] = access
		}
	}
	for _, access := range newest {
		h.compare(t, call{op: currentUser, access: access})
	}
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
		if current := h.newest(token{session: s.id}); h.usable(current) {
			inUse = append(inUse, current)
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

func (h *history) usable(t token) bool {
	s := h.account.find(t.session)
	return s != nil && s.usable(h.account.limits, h.engine.Clock.Now())
}

func (h *history) fresh(access token) bool {
	return h.engine.Clock.Now().Before(access.expires.Add(leeway))
}
