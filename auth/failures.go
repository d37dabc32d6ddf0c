package auth

import (
	"context"
	"log/slog"

	"sallyport/models"
)

// lockAfter is how many wrong passwords in a row lock an account's password
// until it is unlocked. Source: NIST SP 800-63B-4 §3.2.2, which allows no more.
const lockAfter = 100

// Limiter limits what may happen to one account. The error of Take is the
// answer of the request; GiveBack undoes a Take.
type Limiter interface {
	Take(ctx context.Context, key string) error
	GiveBack(ctx context.Context, key string)
}

// locked reports whether no password opens this account. Its sessions go on:
// whoever guesses from outside must not be able to sign the owner out.
func locked(user models.User) bool { return user.FailedLogins >= lockAfter }

// countFailure counts a sign-in that failed, also one to a locked or disabled
// account, and one to nobody's, which costs the same write: neither the answer
// nor its time may tell them apart (OWASP ASVS 6.3.8). Where the failure cannot
// be counted, the error is the answer: fail closed. It counts for a client that
// has hung up, too.
func (s *Service) countFailure(ctx context.Context, user models.User, found bool) error {
	ctx = context.WithoutCancel(ctx)
	if !found {
		return s.store.CountUnknownLogin(ctx)
	}
	failed, err := s.store.CountFailedLogin(ctx, user.ID, lockAfter)
	if err == nil && failed == lockAfter {
		s.tellOfUser(ctx, passwordLocked, user)
	}
	return err
}

// forgive starts the count of wrong passwords again after a right one. Failing
// is no reason to refuse the user: the next right one tries again.
func (s *Service) forgive(ctx context.Context, user models.User) {
	if user.FailedLogins == 0 {
		return
	}
	if err := s.store.ForgetFailedLogins(ctx, user.ID, lockAfter); err != nil {
		s.log.WarnContext(ctx, "failed sign-ins not forgotten", slog.Any("error", err))
	}
}
