package proofs

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Each rule says which case a call is, and what is wrong with its answer.

func (a *account) signUp(c call, got answer) (string, error) {
	a.password = c.password
	return "signed in", a.begin(c, got)
}

// signIn adopts no session: those that the tokens which came along name end,
// before anybody has to make room.
func (a *account) signIn(c call, got answer) (string, error) {
	if c.password != a.password {
		return "wrong password", got.refused("invalid_credentials", kept)
	}
	a.remove(c.access.session)
	a.remove(c.refresh.session)
	inUse := slices.DeleteFunc(slices.Clone(a.sessions), func(s session) bool { return !s.usable(a.limits, c.at) })
	if len(inUse) < a.limits.sessions {
		return "signed in", a.begin(c, got)
	}
	evicted := slices.MinFunc(inUse, func(x, y session) int { return x.lastUsed.Compare(y.lastUsed) })
	a.remove(evicted.id)
	return "signed in and the least recently used session evicted", a.begin(c, got)
}

func (a *account) refresh(c call, got answer) (string, error) {
	if !c.at.Before(c.refresh.expires.Add(leeway)) {
		return "expired", got.refused("token_expired", cleared)
	}
	s := a.find(c.refresh.session)
	switch {
	case s == nil:
		return "session ended", got.refused("session_ended", cleared)
	case !c.at.Before(s.end(a.limits)):
		return "past the absolute end", got.refused("session_ended", cleared)
	case c.refresh.raw == s.current():
		if s.knows(got.refresh.raw) {
			return "rotated", fmt.Errorf("the successor is an old token")
		}
		s.rotate(got.refresh.raw, c.at)
		return "rotated", a.granted(*s, c, got)
	case s.inGrace(c.refresh.raw, a.limits, c.at):
		return "answered again", a.granted(*s, c, got)
	}
	a.remove(s.id)
	return "replayed, session ended", got.refused("token_reused", cleared)
}

func (a *account) currentUser(c call, got answer) (string, error) {
	if code := a.authenticate(c); code != "" {
		return code, got.refused(code, kept)
	}
	if got.email != a.email {
		return "known", fmt.Errorf("the user is %q", got.email)
	}
	return "known", got.succeeded(kept)
}

// shown is a time as an answer has it.
func shown(t time.Time) time.Time { return t.Truncate(time.Millisecond) }

func (a *account) listSessions(c call, got answer) (string, error) {
	if code := a.authenticate(c); code != "" {
		return code, got.refused(code, kept)
	}
	var want []listed
	for _, s := range a.sessions {
		if expires := s.expires(a.limits); c.at.Before(expires) {
			want = append(want, listed{s.id, shown(s.signedIn), shown(s.lastUsed), expires, s.id == c.access.session})
		}
	}
	if !slices.IsSortedFunc(got.listed, func(x, y listed) int { return y.LastUsedAt.Compare(x.LastUsedAt) }) {
		return "listed", fmt.Errorf("not the most recently used first: %v", got.listed)
	}
	sort := func(x, y listed) int { return cmp.Compare(x.ID, y.ID) }
	slices.SortFunc(want, sort)
	if listed := slices.SortedFunc(slices.Values(got.listed), sort); !slices.Equal(listed, want) {
		return "listed", fmt.Errorf("lists %v, want %v", listed, want)
	}
	return "listed", got.succeeded(kept)
}

// logOut takes any token, however old, for what it names.
func (a *account) logOut(c call, got answer) (string, error) {
	rule := "nothing to end"
	for _, t := range []token{c.access, c.refresh} {
		if a.find(t.session) != nil {
			a.remove(t.session)
			rule = "session ended"
		}
	}
	return rule, got.succeeded(cleared)
}

func (a *account) endOne(c call, got answer) (string, error) {
	if code := a.authenticate(c); code != "" {
		return code, got.refused(code, kept)
	}
	s := a.find(c.target)
	lingers := s != nil && s.lingering(a.limits, c.at)
	found := s != nil && s.usable(a.limits, c.at) || lingers && got.code == ""
	a.remove(c.target)
	switch {
	case !found:
		return "none of this id", got.refused("not_found", kept)
	case c.target == c.access.session:
		return "this one", got.succeeded(cleared)
	}
	return "another one", got.succeeded(kept)
}

func (a *account) endSessions(c call, got answer) (string, error) {
	if code := a.authenticate(c); code != "" {
		return code, got.refused(code, kept)
	}
	least, most, keeps := 0, 0, c.op == endOthers
	for _, s := range slices.Clone(a.sessions) {
		if keeps && s.id == c.access.session {
			continue
		}
		a.remove(s.id)
		if s.usable(a.limits, c.at) {
			least++
			most++
		} else if s.lingering(a.limits, c.at) {
			most++
		}
	}
	if got.code == "" && (got.ended < least || got.ended > most) {
		return "ended", fmt.Errorf("says %d ended, want %d to %d", got.ended, least, most)
	}
	if keeps {
		return "ended", got.succeeded(kept)
	}
	return "ended", got.succeeded(cleared)
}

func (a *account) changePassword(c call, got answer) (string, error) {
	if code := a.authenticate(c); code != "" {
		return code, got.refused(code, kept)
	}
	if c.password != a.password || c.newPassword == c.password {
		return "not accepted", got.refused("validation_failed", kept)
	}
	a.password, a.sessions = c.newPassword, nil
	return "changed", a.begin(c, got)
}

func (a answer) succeeded(want cookies) error { return a.refused("", want) }

func (a answer) refused(code string, want cookies) error {
	if a.code != code || a.cookies != want {
		return fmt.Errorf("answered %q with the cookies %s, want %q with the cookies %s", a.code, a.cookies, code, want)
	}
	return nil
}
