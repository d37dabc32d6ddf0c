package proofs

import (
	"slices"
	"time"
)

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

// inGrace reports whether the refresh token was the current one a moment ago.
func (s session) inGrace(raw string, l limits, now time.Time) bool {
	former := s.tokens[:len(s.tokens)-1]
	former = former[max(0, len(former)-recent):]
	return slices.ContainsFunc(former, func(r retired) bool { return r.raw == raw && now.Sub(r.at) < l.grace })
}

// rotate makes raw the current refresh token.
func (s *session) rotate(raw string, now time.Time) {
	s.tokens[len(s.tokens)-1].at = now
	s.tokens = append(s.tokens, retired{raw: raw})
	s.lastUsed = now
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
