package proofs

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sallyport/tests/harness"
)

// TestThieves_OnlyAUseThatTheOtherDidNotSeeEndsASession runs random histories of
// one session with two holders of its tokens: the owner, whose answers get lost
// and whose retries come late, and a thief, who copies all or a part of what the
// owner has or of an answer that was lost, and uses all, a part or nothing of it.
// It knows nothing of account and checks:
//
//   - as long as the thief presents nothing, the owner is signed out by no
//     refresh before a limit of the session;
//   - a refresh ends the session only where the other one has used a newer token,
//     and always where it was outside the grace time; then nothing works any more;
//   - two descendants of one token never live: a new token is only ever answered
//     to the newest one, and everybody else gets that one;
//   - who has nothing but an access token can do nothing once it has expired.
func TestThieves_OnlyAUseThatTheOtherDidNotSeeEndsASession(t *testing.T) {
	t.Parallel()
	engine := harness.NewEngine(t, "REFRESH_TOKEN_EXPIRY=7d", "SESSION_MAX_AGE=30d", "REFRESH_GRACE=10s")
	seen, users := &tally{}, 0
	rapid.Check(t, func(t *rapid.T) {
		users++
		engine.Clock.Advance(start.Sub(engine.Clock.Now()))
		c := client{engine, "https://sallyport.test", fmt.Sprintf("user%d", users)}
		s := &stolen{engine: engine, client: c, seen: seen}
		s.begin(t, s.send(t, call{op: signUp, password: password(0)}))
		t.Repeat(s.actions())
	})
	seen.log(t)
	if users >= enough {
		seen.want(t, []string{
			"the owner went on after a lost answer, within the grace time",
			"the owner went on after a lost answer, late",
			"the owner went on beside a thief who used nothing",
			"the owner went on beside a thief who used an access token",
			"the owner went on beside a thief who rotated and used nothing of it",
			"theft found when the owner refreshed",
			"theft found when the thief refreshed",
			"the thief's access token had expired",
		})
	}
}

// stolen is a session and who holds which of its tokens.
type stolen struct {
	engine *harness.Engine
	client client
	seen   *tally

	signedIn time.Time
	chain    []link // every refresh token of the session, oldest first
	owner    holder
	thief    holder
	lost     holder // what an answer brought that the owner has not seen
	acted    bool   // the thief has presented something
}

// link is one refresh token of the session, and when the next one replaced it.
type link struct {
	raw string
	at  time.Time
}

// holder is one who has tokens of the session.
type holder struct {
	access, refresh token
	newest          int  // the newest refresh token that it used, itself or by an access token that came with it
	retries         bool // its last answer was lost
}

func (s *stolen) actions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"the owner refreshes":     func(t *rapid.T) { s.refresh(t, "owner", true) },
		"an answer is lost":       func(t *rapid.T) { s.refresh(t, "owner", false) },
		"the owner uses":          func(t *rapid.T) { s.use(t, "owner") },
		"the thief copies":        s.copyTokens,
		"the thief refreshes":     func(t *rapid.T) { s.refresh(t, "thief", true) },
		"the thief uses":          func(t *rapid.T) { s.use(t, "thief") },
		"the thief rotates twice": func(t *rapid.T) { s.refresh(t, "thief", true); s.refresh(t, "thief", true) },
		"wait":                    s.wait,
	}
}

func (s *stolen) wait(t *rapid.T) {
	pauses := []time.Duration{time.Second, 5 * time.Second, 10 * time.Second, time.Minute, time.Hour, day, 3 * day, 15*time.Minute + leeway}
	s.engine.Clock.Advance(rapid.SampledFrom(pauses).Draw(t, "pause"))
}

// copyTokens gives the thief all or a part of what the owner has, or of what the
// owner has not seen.
func (s *stolen) copyTokens(t *rapid.T) {
	from := s.owner
	if s.lost.refresh.raw != "" && rapid.Bool().Draw(t, "of the lost answer") {
		from = s.lost
	}
	part := rapid.SampledFrom([]string{"all", "all", "the access token", "the refresh token"}).Draw(t, "part")
	if part != "the refresh token" {
		s.thief.access = from.access
	}
	if part != "the access token" {
		s.thief.refresh = from.refresh
	}
}

// holders returns the one that acts and the other one.
func (s *stolen) holders(name string) (who, other *holder) {
	if name == "owner" {
		return &s.owner, &s.thief
	}
	return &s.thief, &s.owner
}

func (s *stolen) refresh(t *rapid.T, name string, seen bool) {
	who, other := s.holders(name)
	if who.refresh.raw == "" {
		return
	}
	s.acted = s.acted || name == "thief"
	now, i, head := s.engine.Clock.Now(), s.index(who.refresh.raw), len(s.chain)-1
	got := s.send(t, call{op: refresh, refresh: who.refresh})
	switch inGrace := i < head && head-i <= recent && now.Sub(s.chain[i].at) < 10*time.Second; {
	case !now.Before(who.refresh.expires.Add(leeway)):
		s.want(t, got, "token_expired")
	case !now.Before(s.signedIn.Add(30 * day)):
		s.want(t, got, "session_ended")
	case i == head:
		s.want(t, got, "")
		if s.index(got.refresh.raw) >= 0 {
			t.Fatal("the newest token was answered with an old one")
		}
		s.chain[head].at = now
		s.chain = append(s.chain, link{raw: got.refresh.raw})
		who.newest = max(who.newest, i)
		s.got(name, who, got, seen, inGrace)
		return
	case got.code == "":
		if got.refresh.raw != s.chain[head].raw {
			t.Fatal("a second descendant lives")
		}
		if !inGrace && max(who.newest, other.newest) > i {
			t.Fatal("a token was answered after a newer one had been used")
		}
		if !inGrace { // its grace window begins again
			s.chain[i].at = now
		}
		s.got(name, who, got, seen, inGrace)
		return
	default:
		s.want(t, got, "token_reused")
		newest := other.newest
		if name == "thief" { // who may go back to what it copied before
			newest = max(newest, who.newest)
		}
		if inGrace || newest <= i {
			t.Fatalf("the %s was signed out, though nobody else had used a newer token", name)
		}
		if !s.acted {
			t.Fatal("an honest client was signed out")
		}
		s.seen.add("theft found when the " + name + " refreshed")
		s.wantNothingWorks(t)
	}
	if name == "owner" || got.code == "token_reused" {
		s.begin(t, s.send(t, call{op: signIn, password: password(0)}))
		return
	}
	s.thief = holder{newest: s.thief.newest}
}

// got gives the holder the tokens, unless the answer is lost.
func (s *stolen) got(name string, who *holder, got answer, seen, inGrace bool) {
	if name == "owner" && seen {
		s.tellHowItWentOn(inGrace)
	}
	if who.retries = !seen; !seen {
		s.lost = holder{access: got.access, refresh: got.refresh}
		return
	}
	who.access, who.refresh = got.access, got.refresh
}

func (s *stolen) tellHowItWentOn(inGrace bool) {
	if s.owner.retries && inGrace {
		s.seen.add("the owner went on after a lost answer, within the grace time")
	} else if s.owner.retries {
		s.seen.add("the owner went on after a lost answer, late")
	}
	switch thief := s.thief; {
	case thief == holder{newest: -1}:
	case !s.acted:
		s.seen.add("the owner went on beside a thief who used nothing")
	case s.index(thief.refresh.raw) > s.index(s.owner.refresh.raw) && thief.newest <= s.index(s.owner.refresh.raw):
		s.seen.add("the owner went on beside a thief who rotated and used nothing of it")
	case thief.refresh.raw == "":
		s.seen.add("the owner went on beside a thief who used an access token")
	}
}

func (s *stolen) use(t *rapid.T, name string) {
	who, _ := s.holders(name)
	if who.access.raw == "" {
		return
	}
	now := s.engine.Clock.Now()
	got := s.send(t, call{op: currentUser, access: who.access})
	if !now.Before(who.access.expires.Add(leeway)) {
		s.want(t, got, "token_expired")
		if name == "thief" {
			s.seen.add("the thief's access token had expired")
		}
		return
	}
	s.acted = s.acted || name == "thief"
	if !now.Before(s.signedIn.Add(30 * day)) {
		s.want(t, got, "session_ended")
		return
	}
	s.want(t, got, "")
	who.newest = max(who.newest, s.index(who.access.with))
}

// wantNothingWorks fails unless every token that somebody holds is refused.
func (s *stolen) wantNothingWorks(t *rapid.T) {
	for _, h := range []holder{s.owner, s.thief, s.lost} {
		if h.access.raw != "" && s.send(t, call{op: currentUser, access: h.access}).code == "" {
			t.Fatal("an access token outlives the theft")
		}
		if h.refresh.raw != "" && s.send(t, call{op: refresh, refresh: h.refresh}).code == "" {
			t.Fatal("a refresh token outlives the theft")
		}
	}
}

// begin starts with the session of a sign-in, of which only the owner knows.
func (s *stolen) begin(t *rapid.T, got answer) {
	s.want(t, got, "")
	s.signedIn, s.chain = s.engine.Clock.Now(), []link{{raw: got.refresh.raw}}
	s.owner = holder{access: got.access, refresh: got.refresh, newest: -1}
	s.thief, s.lost, s.acted = holder{newest: -1}, holder{}, false
}

func (s *stolen) send(t *rapid.T, c call) answer {
	c.at = s.engine.Clock.Now()
	got, err := s.client.send(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%v: %s", c.at.Sub(start), describe(c, got))
	return got
}

func (s *stolen) want(t *rapid.T, got answer, code string) {
	if got.code != code {
		t.Fatalf("answered %q, want %q", got.code, code)
	}
}

// index is the place of a refresh token in the session, -1 for one of none.
func (s *stolen) index(raw string) int {
	for i, l := range s.chain {
		if l.raw == raw {
			return i
		}
	}
	return -1
}
