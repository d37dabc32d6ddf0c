package auth

import (
	"context"

	"sallyport/auth/session"
	"sallyport/auth/token"
	"sallyport/models"
)

// Client is who signs in or out: its device, and the tokens it came with. Of
// these, each kind may be there several times (a browser can send more than
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
