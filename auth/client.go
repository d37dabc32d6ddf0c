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

// Recognises reports whether one of the access tokens is ours and names a
// session, whether it lives or not.
func (s *Service) Recognises(accessTokens []string) bool {
	return len(s.sessionsOf(Client{AccessTokens: accessTokens})) > 0
}

// Worthless reports which of the two cookies a browser can drop once the
// sessions that over names have ended. Held is what the browser sent. A cookie
// is worth nothing where it came along and none of its values names another
// session: that one may live. Most routes are outside the path of the refresh
// cookie, so one that did not come along goes with the access cookie that it was
// set with.
func (s *Service) Worthless(held, over Client) (access, refresh bool) {
	ended := s.sessionsOf(over)
	of := func(c Client) (namesEnded, namesOther bool) {
		for _, n := range s.sessionsOf(c) {
			namesEnded = namesEnded || slices.Contains(ended, n)
			namesOther = namesOther || !slices.Contains(ended, n)
		}
		return namesEnded, namesOther
	}
	accessEnded, accessOther := of(Client{AccessTokens: held.AccessTokens})
	_, refreshOther := of(Client{RefreshTokens: held.RefreshTokens})
	refresh = !refreshOther && (len(held.RefreshTokens) > 0 || accessEnded && !accessOther)
	access = !accessOther && (len(held.AccessTokens) > 0 || refresh)
	return access, refresh
}

// Logout ends every session that one of the client's tokens names, whichever
// kind it is. The only error is a database that did not take the write; then
// none has ended.
func (s *Service) Logout(ctx context.Context, c Client) error {
	sessions := s.sessionsOf(c)
	var swaps []models.Swap
	err := s.update(ctx, func() (_ []models.Swap, err error) {
		swaps, err = s.ending(ctx, sessions)
		return swaps, err
	})
	if err == nil {
		s.recordEnded(ctx, swaps, sessions)
	}
	return err
}
