package proofs

import (
	"fmt"
	"slices"
	"time"
)

const (
	leeway  = 5 * time.Second // a token is honoured this much longer than it says
	lingers = time.Minute     // an idle session may be listed for deletion this much longer; nobody can use it
	recent  = 16              // rotations back, within the grace time, a token is answered again (decision 0007)
	skew    = time.Second     // a token is in its grace time this much before it was retired
)

// limits is the part of the configuration that the promises depend on.
type limits struct {
	access, refresh, maxAge, grace time.Duration
	sessions                       int
}

// account is one user and what the program promises of their sessions, written
// to be obviously right: it knows every token. It is a value; [account.accept] works on a copy of its own.
//
// Where two sessions were used at the same instant and one has to go, the
// program may choose: whoever asks account keeps those times apart.
type account struct {
	limits   limits
	usesLate bool // a first use is a call of its own, firstUse, because it may take effect after the answer
	email    string
	password string
	sessions []session // that nobody ended; they may have expired, until something is written
}

// session is one sign-in.
type session struct {
	id       string
	signedIn time.Time
	lastUsed time.Time // sign-in or latest rotation
	tokens   []retired // every refresh token it ever had; the last is the current one
	unused   bool      // nobody has presented the current one, nor an access token that came with it
}

// retired is a refresh token and when the next one took its place.
type retired struct {
	raw  string
	at   time.Time
	late bool // its grace time was over when the session was written: a clock set back brings nothing back
}

func (a account) clone() account {
	a.sessions = slices.Clone(a.sessions)
	for i := range a.sessions {
		a.sessions[i].tokens = slices.Clone(a.sessions[i].tokens)
	}
	return a
}

// accept returns the account after the call, the rule that the call fell
// under, and an error that says what is wrong with the answer by that rule.
func (a account) accept(c call, got answer) (account, string, error) {
	a = a.clone()
	rules := map[operation]func(call, answer) (string, error){
		signUp:         a.signUp,
		signIn:         a.signIn,
		refresh:        a.refresh,
		currentUser:    a.currentUser,
		listSessions:   a.listSessions,
		logOut:         a.logOut,
		endOne:         a.endOne,
		endOthers:      a.endSessions,
		endAll:         a.endSessions,
		changePassword: a.changePassword,
		firstUse:       func(c call, _ answer) (string, error) { a.firstUse(c); return "noted", nil },
	}
	rule, err := rules[c.op](c, got)
	rule = string(c.op) + ": " + rule
	if err != nil {
		err = fmt.Errorf("%s: %w", rule, err)
	}
	return a, rule, err
}

// authenticate returns the session that the access tokens name, or the code that
// they are refused with. One that came with the current refresh token of the
// session uses that.
func (a *account) authenticate(c call) (s *session, code string) {
	tokens := c.accessTokens()
	good := unexpired(tokens, c.at)
	of, several := a.oneOf(good, c.at)
	switch {
	case several:
		return nil, "ambiguous_cookie"
	case len(of) == 0 && len(good) < len(tokens):
		return nil, "token_expired"
	case len(of) == 0:
		return nil, "session_ended"
	}
	s = a.find(of[0].session)
	if !a.usesLate {
		a.firstUse(c)
	}
	return s, ""
}

// firstUse notes the first use of a refresh token, where the call is one.
func (a *account) firstUse(c call) {
	if s := a.firstUsed(c); s != nil {
		s.use(a.limits, c.at)
	}
}

// firstUsed returns the session whose current refresh token the call is the first
// use of, by an access token that came with it; nil where it is no such call.
func (a *account) firstUsed(c call) *session {
	for _, t := range unexpired(c.accessTokens(), c.at) {
		if s := a.find(t.session); s != nil && s.unused && s.usable(a.limits, c.at) && t.with == s.current() {
			return s
		}
	}
	return nil
}

// oneOf returns the tokens whose session lives, if that is one session.
func (a *account) oneOf(tokens []token, now time.Time) (of []token, several bool) {
	for _, t := range tokens {
		if s := a.find(t.session); s != nil && now.Before(s.end(a.limits)) {
			several = several || len(of) > 0 && of[0].session != t.session
			of = append(of, t)
		}
	}
	return of, several
}

func unexpired(tokens []token, now time.Time) (good []token) {
	for _, t := range tokens {
		if now.Before(t.expires.Add(leeway)) {
			good = append(good, t)
		}
	}
	return good
}

// begin adds the session that the answer brings.
func (a *account) begin(c call, got answer) error {
	if a.find(got.refresh.session) != nil {
		return fmt.Errorf("the session is an old one")
	}
	s := session{id: got.refresh.session, signedIn: c.at, lastUsed: c.at, tokens: []retired{{raw: got.refresh.raw}}}
	a.sessions = append(a.sessions, s)
	return a.granted(s, c, got)
}

// granted checks that the answer brings the session's current refresh token
// and an access token.
func (a *account) granted(s session, c call, got answer) error {
	if err := got.succeeded(set); err != nil {
		return err
	}
	access := earlier(c.at.Add(a.limits.access), s.expires(a.limits)).Truncate(time.Second)
	switch {
	case got.refresh.raw != s.current():
		return fmt.Errorf("the refresh token is not the current one")
	case got.refresh.session != s.id || got.access.session != s.id:
		return fmt.Errorf("the tokens name the sessions %s and %s, not %s", got.access.session, got.refresh.session, s.id)
	case !got.refresh.expires.Equal(s.expires(a.limits)):
		return fmt.Errorf("the refresh token expires %v, want %v", got.refresh.expires, s.expires(a.limits))
	case !got.access.expires.Equal(access):
		return fmt.Errorf("the access token expires %v, want %v", got.access.expires, access)
	}
	return nil
}

func (a *account) find(id string) *session {
	for i := range a.sessions {
		if a.sessions[i].id == id {
			return &a.sessions[i]
		}
	}
	return nil
}

func (a *account) remove(id string) {
	a.sessions = slices.DeleteFunc(a.sessions, func(s session) bool { return s.id == id })
}

// prune removes the sessions that are too old even to be found. Every write of
// the list does so; after it, a clock set back finds none of them either.
func (a *account) prune(now time.Time) {
	a.sessions = slices.DeleteFunc(a.sessions, func(s session) bool { return !s.usable(a.limits, now) && !s.lingering(a.limits, now) })
}

// end is when the session ends for good, whatever is refreshed.
func (s session) end(l limits) time.Time { return s.signedIn.Add(l.maxAge) }

// expires is when the current refresh token does. Tokens say whole seconds.
func (s session) expires(l limits) time.Time {
	return earlier(s.lastUsed.Add(l.refresh), s.end(l)).Truncate(time.Second)
}

// usable reports whether a client can still do something with the session.
func (s session) usable(l limits, now time.Time) bool {
	return now.Before(s.end(l)) && now.Before(s.expires(l).Add(leeway))
}

// lingering reports whether the session is too old to be used and may still be
// found when sessions are ended.
func (s session) lingering(l limits, now time.Time) bool {
	return !s.usable(l, now) && now.Before(s.end(l)) && !now.After(s.expires(l).Add(lingers))
}

func (s session) current() string { return s.tokens[len(s.tokens)-1].raw }

// knows reports whether the session ever had this refresh token.
func (s session) knows(raw string) bool {
	return slices.ContainsFunc(s.tokens, func(r retired) bool { return r.raw == raw })
}

// answers says why the refresh token, which is not the current one, is answered
// with the current one all the same, "" where it is not.
func (s session) answers(raw string, l limits, now time.Time) string {
	former := s.tokens[:len(s.tokens)-1]
	i := slices.IndexFunc(former, func(r retired) bool { return r.raw == raw })
	switch {
	case i < 0 || l.grace == 0:
		return ""
	case former[i].inGrace(l, now):
		return "answered again"
	case i == len(former)-1 && s.unused:
		return "answered again, successor unused"
	}
	return ""
}

// answered begins the grace window of the token again where it was over: other
// tabs of a browser that wakes up follow.
func (s *session) answered(raw string, l limits, now time.Time) {
	for i, r := range s.tokens {
		if r.raw == raw && !r.inGrace(l, now) {
			s.tokens[i].at, s.tokens[i].late = now, false
		}
	}
}

// inGrace reports whether the refresh token was the current one a moment ago.
func (r retired) inGrace(l limits, now time.Time) bool {
	age := now.Sub(r.at)
	return !r.late && -skew < age && age < l.grace
}

// use is the first use of the current refresh token, if it was unused.
func (s *session) use(l limits, now time.Time) {
	s.unused = false
	for i := range s.tokens[:len(s.tokens)-1] {
		s.tokens[i].late = !s.tokens[i].inGrace(l, now)
	}
}

// rotate makes raw the current refresh token. The former one was used by it.
func (s *session) rotate(raw string, l limits, now time.Time) {
	s.use(l, now)
	s.tokens[len(s.tokens)-1].at = now
	s.tokens = append(s.tokens, retired{raw: raw})
	s.lastUsed, s.unused = now, l.grace > 0
	kept := 0
	for i := len(s.tokens) - 2; i >= 0; i-- {
		if kept == recent {
			s.tokens[i].late = true
		} else if !s.tokens[i].late {
			kept++
		}
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
