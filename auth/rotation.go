package auth

import (
	"slices"
	"time"

	"sallyport/models"
)

// maxRetired bounds the retired ids of one session, oldest dropped first. A
// client reaches it only by rotating more than 16 times within the grace
// window; the tokens dropped early are then taken for replays.
const maxRetired = 16

// verdict is what to do with a refresh token whose signature is good.
type verdict int

const (
	ended  verdict = iota // the session is over
	rotate                // the current token: exchange it for a new one
	repeat                // a parallel tab or a lost response: answer with the current token again
	reused                // a replay: somebody else holds a copy, end the session
)

// decide is the refresh protocol: one session entry, the id of the presented
// token, the time, and the limits. It changes nothing.
// Source: RFC 9700 §4.14.2 (rotation and replay detection), DESIGN §2.
func decide(session models.Session, presented string, now time.Time, policy Policy) verdict {
	switch {
	case !now.Before(policy.end(session)):
		return ended
	case presented == session.TokenID:
		return rotate
	case slices.ContainsFunc(session.Retired, func(r models.RetiredToken) bool {
		return r.TokenID == presented && inGrace(r, now, policy)
	}):
		return repeat
	default:
		return reused
	}
}

// rotated returns the session with newID as its current token and the former
// one retired. The absolute end stays where it is.
func rotated(session models.Session, newID string, device Device, now time.Time, policy Policy) models.Session {
	retired := slices.DeleteFunc(slices.Clone(session.Retired), func(r models.RetiredToken) bool {
		return !inGrace(r, now, policy)
	})
	if policy.Grace > 0 {
		retired = append(retired, models.RetiredToken{TokenID: session.TokenID, RetiredAt: now})
	}
	session.Retired = retired[max(0, len(retired)-maxRetired):]
	session.LastUsedAt = now
	session.UserAgent, session.IP = device.UserAgent, device.IP
	return issued(session, newID, now, policy)
}

// issued returns the session with a new current refresh token. Token times are
// whole seconds (RFC 7519 §2), so the entry keeps whole seconds too.
func issued(session models.Session, id string, now time.Time, policy Policy) models.Session {
	session.TokenID = id
	session.IssuedAt = now.Truncate(time.Second)
	session.ExpiresAt = earlier(now.Add(policy.RefreshExpiry), policy.end(session)).Truncate(time.Second)
	return session
}

func inGrace(r models.RetiredToken, now time.Time, policy Policy) bool {
	return now.Sub(r.RetiredAt) < policy.Grace
}

// end is the session's absolute end, which no refresh moves.
func (p Policy) end(s models.Session) time.Time { return s.SignedInAt.Add(p.MaxAge) }

// over reports whether nothing can keep this session alive any more.
func (p Policy) over(s models.Session, now time.Time) bool {
	return !now.Before(p.end(s)) || now.After(s.ExpiresAt.Add(time.Minute)) // a minute: clock leeway and then some
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
