package auth

import (
	"context"
	"slices"

	"sallyport/auth/session"
	"sallyport/auth/token"
	"sallyport/models"
)

// Client is who signs in or out: its device, and the tokens it came with. Each
// kind may be there several times (a browser can send more than
// one cookie of a name), expired, or worth nothing.
type Client struct {
	Device        session.Device
	AccessTokens  []string
	RefreshTokens []string
}

// sessionsOf returns the sessions that the client's tokens name, each once. A
// token that has expired still identifies the session to end; one that does
// not verify names nothing.
func (s *Service) sessionsOf(c Client) (sessions []named) {
	seen := map[named]bool{}
	inspect := func(signer *token.Signer, tokens []string) {
		for _, raw := range tokens {
			claims, err := signer.Inspect(raw)
			if n := namedBy(claims); err == nil && !seen[n] {
				seen[n], sessions = true, append(sessions, n)
			}
		}
	}
	inspect(s.access, c.AccessTokens)
	inspect(s.refresh, c.RefreshTokens)
	return sessions
}

// Worthless reports which of the two cookies a browser can drop once the
// sessions that over names have ended. Held is what the browser sent. A cookie
// is worth nothing where it came along and none of its values names another
// session, which may live; an expired refresh token is worth nothing whatever it
// names. Most routes are outside the path of the refresh cookie, so one that did
// not come along goes with the access cookie that it was set with.
func (s *Service) Worthless(held, over Client) (access, refresh bool) {
	ended := s.sessionsOf(over)
	accessEnded, accessOther := false, false
	for _, n := range s.sessionsOf(Client{AccessTokens: held.AccessTokens}) {
		accessEnded = accessEnded || slices.Contains(ended, n)
		accessOther = accessOther || !slices.Contains(ended, n)
	}
	current, _ := s.refresh.VerifyAll(held.RefreshTokens)
	refreshOther := slices.ContainsFunc(current, func(c token.Claims) bool { return !slices.Contains(ended, namedBy(c)) })
	refresh = !refreshOther && (len(held.RefreshTokens) > 0 || accessEnded && !accessOther)
	access = !accessOther && (len(held.AccessTokens) > 0 || refresh)
	return access, refresh
}

// Lives reports whether one of the access tokens names a session that has not
// ended. A token that has expired still names it.
func (s *Service) Lives(ctx context.Context, accessTokens []string) (bool, error) {
	swaps, err := s.ending(ctx, s.sessionsOf(Client{AccessTokens: accessTokens}))
	return len(swaps) > 0, err
}

// Logout ends every session that one of the client's tokens names, whichever
// kind it is. The only error is a database that did not take the write; then
// none has ended.
func (s *Service) Logout(ctx context.Context, c Client) error {
	sessions := s.sessionsOf(c)
	return s.Update(ctx, func() (Plan, error) {
		swaps, err := s.ending(ctx, sessions)
		return Plan{models.Change{Swaps: swaps}, s.ended(swaps, sessions, c.Device)}, err
	})
}
