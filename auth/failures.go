package auth

import (
	"context"

	"sallyport/auth/session"
	"sallyport/auth/token"
	"sallyport/models"
)

// UnknownPassword returns the hash of a password that nobody knows: what opens nothing
// until it is reset, also when a locked password is unlocked.
// Errors: CodeTooBusy.
func (s *Service) UnknownPassword(ctx context.Context) (hash string, err error) {
	random, _ := token.NewOneTime()
	hash, err = s.hasher.Hash(ctx, random)
	return hash, hashing(err)
}

// countFailure counts a sign-in that failed, also one to a locked or disabled
// account, and one to nobody's, which costs the same write: neither the answer
// nor its time may differ (OWASP ASVS 6.3.8). Where the failure cannot
// be counted, the error is the answer: fail closed. It counts for a client that
// has hung up, too.
func (s *Service) countFailure(ctx context.Context, name string, user models.User, found bool, device session.Device) error {
	ctx = context.WithoutCancel(ctx)
	if !found {
		return s.store.CountUnknownLogin(ctx, name)
	}
	locked := Happened{Event: passwordLocked, UserID: user.ID, Device: device}
	rows, _, err := s.rowsOf([]Happened{locked})
	if err != nil {
		return err
	}
	failed, err := s.store.CountFailedLogin(ctx, user.ID, models.LockedAfter, rows[0])
	if err == nil && failed == models.LockedAfter {
		locked.log(ctx, s.log)
	}
	return err
}

// whyNot says, for the log alone, why this sign-in fails; "" where it does not.
func whyNot(user models.User, found, match bool) string {
	switch {
	case !found:
		return "unknown_user"
	case user.Disabled():
		return "user_disabled"
	case user.Locked():
		return "password_locked"
	case !match:
		return "wrong_password"
	}
	return ""
}
