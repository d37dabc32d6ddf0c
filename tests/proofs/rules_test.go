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
	for _, t := range slices.Concat(c.accessTokens(), c.refreshTokens()) {
		a.remove(t.session)
	}
	a.prune(c.at)
	rule := "signed in"
	for len(a.sessions) >= a.limits.sessions {
		evicted := slices.MinFunc(a.sessions, func(x, y session) int { return x.lastUsed.Compare(y.lastUsed) })
		if evicted.usable(a.limits, c.at) {
			rule = "signed in and the least recently used session evicted"
		}
		a.remove(evicted.id)
	}
	return rule, a.begin(c, got)
}

func (a *account) refresh(c call, got answer) (string, error) {
	tokens := c.refreshTokens()
	good := unexpired(tokens, c.at)
	refused := c.cleared(good)
	of, several := a.oneOf(good, c.at)
	switch {
	case len(good) == 0:
		return "expired", got.refused("token_expired", refused)
	case len(of) == 0 && a.find(good[0].session) != nil:
		return "past the absolute end", got.refused("session_ended", refused)
	case len(of) == 0:
		return "session ended", got.refused("session_ended", refused)
	case several:
		return "two sessions live", got.refused("ambiguous_cookie", kept)
	}
	s := a.find(of[0].session)
	if slices.ContainsFunc(of, func(t token) bool { return t.raw == s.current() }) {
		if s.knows(got.refresh.raw) {
			return "rotated", fmt.Errorf("the successor is an old token")
		}
		s.rotate(got.refresh.raw, a.limits, c.at)
		return "rotated" + beside(tokens, of), a.granted(*s, c, got)
	}
	for _, t := range of {
		if why := s.answers(t.raw, a.limits, c.at); why != "" {
			s.answered(t.raw, a.limits, c.at)
			return why + beside(tokens, of), a.granted(*s, c, got)
		}
	}
	a.remove(s.id)
	return "replayed, session ended" + beside(tokens, of), got.refused("token_reused", refused)
}

// beside says what else came along.
func beside(tokens, of []token) string {
	switch {
	case len(tokens) > len(of):
		return ", a dead one beside it"
	case len(of) > 1 && of[0].raw != of[1].raw:
		return ", another of the session beside it"
	}
	return ""
}

func (a *account) currentUser(c call, got answer) (string, error) {
	rule := "known"
	if a.firstUsed(c) != nil {
		rule = "known, first use"
	}
	if _, code := a.authenticate(c); code != "" {
		return code, got.refused(code, kept)
	}
	if got.email != a.email {
		return rule, fmt.Errorf("the user is %q", got.email)
	}
	return rule, got.succeeded(kept)
}

// shown is a time as an answer has it.
func shown(t time.Time) time.Time { return t.Truncate(time.Millisecond) }

func (a *account) listSessions(c call, got answer) (string, error) {
	who, code := a.authenticate(c)
	if code != "" {
		return code, got.refused(code, kept)
	}
	var want []listed
	for _, s := range a.sessions {
		if expires := s.expires(a.limits); c.at.Before(expires) {
			want = append(want, listed{s.id, shown(s.signedIn), shown(s.lastUsed), expires, s.id == who.id})
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
	all := slices.Concat(c.accessTokens(), c.refreshTokens())
	for _, t := range all {
		if a.find(t.session) != nil {
			a.remove(t.session)
			rule = "session ended"
		}
	}
	return rule, got.succeeded(c.cleared(all))
}

func (a *account) endOne(c call, got answer) (string, error) {
	who, code := a.authenticate(c)
	if code != "" {
		return code, got.refused(code, kept)
	}
	acting := who.id
	s := a.find(c.target)
	lingers := s != nil && s.lingering(a.limits, c.at)
	found := s != nil && s.usable(a.limits, c.at) || lingers && got.code == ""
	if !found {
		return "none of this id", got.refused("not_found", kept)
	}
	a.remove(c.target)
	a.prune(c.at)
	if c.target == acting {
		return "this one", got.succeeded(c.cleared(c.accessTokens()))
	}
	return "another one", got.succeeded(kept)
}

func (a *account) endSessions(c call, got answer) (string, error) {
	who, code := a.authenticate(c)
	if code != "" {
		return code, got.refused(code, kept)
	}
	acting := who.id
	least, most, keeps := 0, 0, c.op == endOthers
	for _, s := range slices.Clone(a.sessions) {
		if keeps && s.id == acting {
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
	return "ended", got.succeeded(c.cleared(c.accessTokens()))
}

func (a *account) changePassword(c call, got answer) (string, error) {
	if _, code := a.authenticate(c); code != "" {
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
