package proofs

import (
	"time"

	"pgregory.net/rapid"
)

func (h *history) actions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"sign in":                          h.signIn,
		"refresh":                          h.refreshCurrent,
		"refresh again and again":          h.refreshInARow,
		"present any refresh token":        h.presentAny,
		"refresh at a limit":               h.refreshAtLimit,
		"retry after a lost response":      h.loseResponses,
		"present two refresh tokens":       h.presentTwins,
		"present an access token":          h.presentAccess,
		"present two access tokens":        h.presentAccessTwins,
		"present an access token at limit": h.accessAtLimit,
		"refresh until the absolute end":   h.refreshUntilEnd,
		"end sessions":                     h.endSessions,
		"log out":                          h.logOut,
		"wait":                             h.wait,
		"set the clock back":               h.setBack,
		"restart":                          h.restart,
		"":                                 h.everySessionIsAsPromised,
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

// refreshInARow is a client in a loop, for up to more rotations than the
// program remembers.
func (h *history) refreshInARow(t *rapid.T) {
	from := h.someRefresh(t)
	for range rapid.SampledFrom([]int{1, 2, 3, 1, 2, 3, 1, 2, 3, recent, recent + 1}).Draw(t, "times") {
		h.do(t, call{op: refresh, refresh: h.newest(from)})
	}
	h.do(t, call{op: refresh, refresh: from})
}

func (h *history) presentAny(t *rapid.T) {
	h.do(t, call{op: refresh, refresh: rapid.SampledFrom(h.refresh).Draw(t, "refresh token")})
}

// refreshAtLimit presents a token when its grace time or its validity ends, or a
// microsecond before.
func (h *history) refreshAtLimit(t *rapid.T) {
	presented := h.someRefresh(t)
	if rapid.Bool().Draw(t, "retired") {
		h.do(t, call{op: refresh, refresh: presented})
	}
	moments := []time.Time{presented.expires.Add(leeway)}
	if s := h.account.find(presented.session); s != nil {
		for _, r := range s.tokens {
			if r.raw == presented.raw && !r.at.IsZero() {
				moments = append(moments, r.at.Add(h.account.limits.grace))
			}
		}
	}
	h.waitFor(t, moments)
	h.do(t, call{op: refresh, refresh: presented})
}

// loseResponses is a client that never sees an answer and goes on with what it
// had, seconds or days later. Now and then somebody else has seen it and uses it.
func (h *history) loseResponses(t *rapid.T) {
	held := h.someRefresh(t)
	pauses := []time.Duration{0, time.Second, h.account.limits.grace, time.Minute, time.Hour, day}
	for range rapid.IntRange(2, 4).Draw(t, "tries") {
		h.do(t, call{op: refresh, refresh: held})
		h.engine.Clock.Advance(rapid.SampledFrom(pauses).Draw(t, "pause"))
	}
	switch rapid.SampledFrom([]string{"nobody", "nobody", "one with the access token", "one with the refresh token"}).Draw(t, "seen by") {
	case "one with the access token":
		h.do(t, call{op: currentUser, access: h.access[len(h.access)-1]})
	case "one with the refresh token":
		h.do(t, call{op: refresh, refresh: h.newest(held)})
	}
	h.do(t, call{op: refresh, refresh: held})
}

// presentTwins presents two refresh tokens in one request, in either order.
func (h *history) presentTwins(t *rapid.T) {
	c := call{op: refresh, refresh: h.someRefresh(t)}
	switch rapid.SampledFrom([]string{"the same session", "the same session", "another session", "any session"}).Draw(t, "twin of") {
	case "the same session":
		for range 2 {
			h.do(t, call{op: refresh, refresh: h.newest(c.refresh)})
		}
		h.engine.Clock.Advance(rapid.SampledFrom([]time.Duration{0, 0, h.account.limits.grace, time.Hour}).Draw(t, "pause"))
		c.twins.refresh = rapid.SampledFrom(h.sameSession(c.refresh)).Draw(t, "twin")
		c.refresh = rapid.SampledFrom(h.sameSession(c.refresh)).Draw(t, "refresh token")
	case "another session":
		h.do(t, call{op: signIn, password: h.account.password})
		c.twins.refresh = h.refresh[len(h.refresh)-1]
	default:
		c.twins.refresh = rapid.SampledFrom(h.refresh).Draw(t, "twin")
	}
	if rapid.Bool().Draw(t, "other order") {
		c.refresh, c.twins.refresh = c.twins.refresh, c.refresh
	}
	if rapid.Bool().Draw(t, "with an access token") {
		c.access = rapid.SampledFrom(h.access).Draw(t, "access token")
	}
	h.do(t, c)
}

// sameSession returns the last refresh tokens of the token's session.
func (h *history) sameSession(of token) (all []token) {
	for _, r := range h.refresh {
		if r.session == of.session {
			all = append(all, r)
		}
	}
	return all[max(0, len(all)-3):]
}

func (h *history) presentAccessTwins(t *rapid.T) {
	c := call{op: rapid.SampledFrom([]operation{currentUser, listSessions, endOthers, logOut}).Draw(t, "operation"), access: h.someAccess(t)}
	if rapid.Bool().Draw(t, "of another session") {
		h.do(t, call{op: signIn, password: h.account.password})
	}
	c.twins.access = rapid.SampledFrom(h.access[max(0, len(h.access)-5):]).Draw(t, "twin")
	if rapid.Bool().Draw(t, "other order") {
		c.access, c.twins.access = c.twins.access, c.access
	}
	h.do(t, c)
}

// refreshUntilEnd keeps a session in use until its absolute end, or a
// microsecond before.
func (h *history) refreshUntilEnd(t *rapid.T) {
	current := h.someRefresh(t)
	s := h.account.find(current.session)
	if s == nil { // it has ended: its token is refused
		h.do(t, call{op: refresh, refresh: current})
		return
	}
	end := s.end(h.account.limits)
	for current = h.newest(current); h.usable(current) && current.expires.Before(end.Truncate(time.Second)); current = h.newest(current) {
		h.engine.Clock.Advance(max(0, current.expires.Sub(h.engine.Clock.Now())))
		h.do(t, call{op: refresh, refresh: current})
	}
	h.waitFor(t, []time.Time{end})
	h.do(t, call{op: refresh, refresh: current})
}

func (h *history) presentAccess(t *rapid.T) {
	c := call{
		op:     rapid.SampledFrom([]operation{currentUser, listSessions}).Draw(t, "operation"),
		access: rapid.SampledFrom(h.access).Draw(t, "access token"),
	}
	switch rapid.SampledFrom([]string{"any", "fresh", "newest"}).Draw(t, "which") {
	case "fresh":
		c.access = h.someAccess(t)
	case "newest":
		c.access = h.access[len(h.access)-1]
	}
	h.do(t, c)
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

// setBack moves the clock back, as a correction of the time does.
func (h *history) setBack(t *rapid.T) {
	steps := []time.Duration{h.account.limits.grace / 2, skew - time.Microsecond, skew, 2 * skew, time.Minute, time.Hour}
	h.engine.Clock.Advance(-rapid.SampledFrom(steps).Draw(t, "step back"))
	h.rules.add("clock set back")
	if rapid.Bool().Draw(t, "refresh") {
		h.do(t, call{op: refresh, refresh: rapid.SampledFrom(h.refresh).Draw(t, "refresh token")})
	}
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
