package auth

import (
	"context"

	"sallyport/auth/token"
)

// Logout ends every session that one of the tokens names, whichever kind it is
// and even when it has expired: a token that is too old to act with is good
// enough to give itself up. Tokens that verify for nothing are ignored. The
// only error is a database that did not take the write.
func (s *Service) Logout(ctx context.Context, accessTokens, refreshTokens []string) error {
	if err := s.endNamed(ctx, s.access, accessTokens); err != nil {
		return err
	}
	return s.endNamed(ctx, s.refresh, refreshTokens)
}

func (s *Service) endNamed(ctx context.Context, signer *token.Signer, candidates []string) error {
	for _, raw := range candidates {
		claims, err := signer.Inspect(raw)
		if err != nil {
			continue
		}
		if err := s.endSession(ctx, claims.UserID, claims.SessionID); err != nil {
			return err
		}
	}
	return nil
}
