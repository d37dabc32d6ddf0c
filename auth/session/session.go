// Package session is the refresh protocol and every operation on the list of a
// user's sessions. It is pure: it returns new values and knows no storage, no
// clock and no log. Most callers need [Policy.Decide], [Policy.Rotate] and
// [Policy.Add]. Of the program it imports models, for the types alone.
package session

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"sallyport/models"
)

// maxRetired bounds the retired ids of one session, oldest dropped first. A
// client reaches it only by rotating more than 16 times within the grace
// window; the tokens dropped early are then taken for replays.
const maxRetired = 16

// Policy says how long sessions live and how many there are.
type Policy struct {
	RefreshExpiry time.Duration // of a refresh token: the idle limit of a session
	MaxAge        time.Duration // the absolute limit of a session, from sign-in
	Grace         time.Duration // how long a rotated refresh token is answered again at least; 0 is strict rotation
	Max           int           // of one user; the least recently used is evicted
}

// Verdict is what to do with a refresh token whose signature is good.
type Verdict int

// The verdicts of [Policy.Decide].
const (
	Ended       Verdict = iota // the session is over
	Rotate                     // the current token: exchange it for a new one
	AnswerAgain                // a parallel tab: answer with the current token again
	AnswerLate                 // a response that did not arrive: the same, and the grace window begins again
	Reused                     // a replay: somebody else holds a copy, end the session
)

// Decide is the refresh protocol: one session, the time, and the ids of the
// presented tokens. Of several the one that does best for its client counts: the
// current token before a retired one before a replay.
// Source: RFC 9700 §4.14.2 (rotation and replay detection),
// docs/decisions/0015-the-unconfirmed-predecessor.md.
func (p Policy) Decide(s models.Session, now time.Time, presented ...string) Verdict {
	switch {
	case !now.Before(p.End(s)):
		return Ended
	case slices.Contains(presented, s.TokenID):
		return Rotate
	case slices.ContainsFunc(p.inGrace(s, now), func(r models.RetiredToken) bool { return slices.Contains(presented, r.TokenID) }):
		return AnswerAgain
	case p.Grace > 0 && s.Unconfirmed && len(s.Retired) > 0 && slices.Contains(presented, s.Retired[len(s.Retired)-1].TokenID):
		return AnswerLate
	default:
		return Reused
	}
}

// Late returns the session after the direct predecessor of its current token was
// answered late. The predecessor counts as retired now: a browser that wakes up
// refreshes in several tabs at once, and the first of them may use the answer
// before the request of the last arrives.
func (p Policy) Late(s models.Session, now time.Time) models.Session {
	s.Retired = slices.Clone(s.Retired)
	s.Retired[len(s.Retired)-1].RetiredAt = now
	return s
}

// New returns the session of a sign-in with its first refresh token.
func (p Policy) New(id uuid.UUID, tokenID string, device Device, now time.Time) models.Session {
	return p.issue(models.Session{
		ID:         id,
		SignedInAt: now,
		LastUsedAt: now,
		UserAgent:  device.UserAgent,
		IP:         device.IP,
	}, tokenID, now)
}

// Rotate returns the session with tokenID as its current refresh token and the
// former one retired. The absolute end stays where it is.
func (p Policy) Rotate(s models.Session, tokenID string, device Device, now time.Time) models.Session {
	s = p.Confirm(s, now) // by presenting its token
	if s.Unconfirmed = p.Grace > 0; s.Unconfirmed {
		s.Retired = append(s.Retired, models.RetiredToken{TokenID: s.TokenID, RetiredAt: now})
	}
	s.Retired = s.Retired[max(0, len(s.Retired)-maxRetired):]
	s.LastUsedAt = now
	s.UserAgent, s.IP = device.UserAgent, device.IP
	return p.issue(s, tokenID, now)
}

// Confirm returns the session after the first use of its current refresh token,
// or of an access token issued with it: the response has arrived, so that the
// predecessor is answered no longer than the grace window.
func (p Policy) Confirm(s models.Session, now time.Time) models.Session {
	s.Unconfirmed = false
	s.Retired = p.inGrace(s, now)
	return s
}

// issue returns the session with a new current refresh token. Token times are
// whole seconds (RFC 7519 §2), so the entry keeps whole seconds too.
func (p Policy) issue(s models.Session, tokenID string, now time.Time) models.Session {
	s.TokenID = tokenID
	s.IssuedAt = now.Truncate(time.Second)
	s.ExpiresAt = earlier(now.Add(p.RefreshExpiry), p.End(s)).Truncate(time.Second)
	return s
}

// skew is how far the clocks of two instances may be apart: where one sees a
// token before the time at which another retired it. What is further off is a
// clock that was set back, and must not make the grace window longer.
const skew = time.Second

// inGrace returns the retired tokens that are within the grace window.
func (p Policy) inGrace(s models.Session, now time.Time) []models.RetiredToken {
	return slices.DeleteFunc(slices.Clone(s.Retired), func(r models.RetiredToken) bool {
		age := now.Sub(r.RetiredAt)
		return age <= -skew || age >= p.Grace
	})
}

// End is the session's absolute end, which no refresh moves.
func (p Policy) End(s models.Session) time.Time { return s.SignedInAt.Add(p.MaxAge) }

// over reports whether no token can continue this session any more.
func (p Policy) over(s models.Session, now time.Time) bool {
	return !now.Before(p.End(s)) || now.After(s.ExpiresAt.Add(time.Minute)) // a minute: more than the leeway of clocks
}

// Live returns the sessions that are not over.
func (p Policy) Live(sessions []models.Session, now time.Time) []models.Session {
	return slices.DeleteFunc(slices.Clone(sessions), func(s models.Session) bool { return p.over(s, now) })
}

// Add returns the live sessions with one more, evicting the least recently
// used where there are too many.
func (p Policy) Add(sessions []models.Session, added models.Session, now time.Time) []models.Session {
	live := p.Live(sessions, now)
	slices.SortStableFunc(live, func(a, b models.Session) int { return a.LastUsedAt.Compare(b.LastUsedAt) })
	excess := max(0, len(live)+1-p.Max)
	return append(live[excess:], added)
}

// Replace returns the sessions with next in the place of the one with its id.
func Replace(sessions []models.Session, next models.Session) []models.Session {
	replaced := slices.Clone(sessions)
	for i := range replaced {
		if replaced[i].ID == next.ID {
			replaced[i] = next
		}
	}
	return replaced
}

// Without returns the sessions but the one with this id.
func Without(sessions []models.Session, id uuid.UUID) []models.Session {
	return slices.DeleteFunc(slices.Clone(sessions), func(s models.Session) bool { return s.ID == id })
}

// Missing returns the sessions of before that are not in after.
func Missing(before, after []models.Session) []models.Session {
	return slices.DeleteFunc(slices.Clone(before), func(b models.Session) bool {
		return slices.ContainsFunc(after, func(a models.Session) bool { return a.ID == b.ID })
	})
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
