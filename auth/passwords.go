package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"unicode/utf8"

	"sallyport/auth/password"

	"golang.org/x/text/unicode/norm"
)

// maxPassword bounds the work of normalising; any passphrase fits (OWASP ASVS
// 6.2.9 asks for at least 64).
const maxPassword = 256 // characters

// PasswordPolicy says which new passwords are accepted: long enough and hard to
// guess. There are no composition rules (OWASP ASVS 6.2.5). Passwords that
// exist already are never judged.
type PasswordPolicy struct {
	MinLength int      // characters
	SiteWords []string // names of this site, which are no part of a good password
}

// BreachList knows passwords that have leaked anywhere.
type BreachList interface {
	// Has reports whether the password has leaked. An error means that the list
	// could not say; its text holds nothing of the password.
	Has(ctx context.Context, password string) (bool, error)
}

// newPassword returns the password as it will be hashed, or what is wrong with
// it. about is what an attacker knows of the user. Errors: CodeTooBusy.
func (s *Service) newPassword(ctx context.Context, raw string, about ...string) (accepted, problem string, err error) {
	accepted, problem = s.passwords.normalize(raw)
	if problem != "" {
		return "", problem, nil
	}
	weakness, err := s.hasher.Judge(ctx, accepted, append(about, s.passwords.SiteWords...))
	if err != nil {
		return "", "", hashing(err)
	}
	if weakness != "" {
		return "", "is too easy to guess: " + weakness + "; three or four unrelated words make a good one", nil
	}
	if s.leaked(ctx, accepted) {
		return "", "is in a public list of leaked passwords, which attackers try first; choose another one", nil
	}
	return accepted, "", nil
}

// leaked asks the breach list, where there is one (OWASP ASVS 6.2.12). It fails
// open: the password has passed every other check, and if this failed closed,
// nobody could sign up or recover an account while the list does not answer. Hanging
// up is no way around the list: nothing is written for a client that has gone.
func (s *Service) leaked(ctx context.Context, password string) bool {
	if s.breaches == nil {
		return false
	}
	leaked, err := s.breaches.Has(ctx, password)
	if err != nil && ctx.Err() == nil {
		breachListFailed.Log(ctx, s.log, slog.String("cause", err.Error()))
	}
	return leaked
}

// normalize returns the password in NFC, so that it is the same from every
// keyboard, or what is wrong with it. Spaces count, at the ends too.
func (p PasswordPolicy) normalize(raw string) (canonical, problem string) {
	canonical, tooLong := canonicalPassword(raw)
	switch {
	case raw == "":
		return "", "is required"
	case tooLong:
		return "", fmt.Sprintf("must have at most %d characters", maxPassword)
	case utf8.RuneCountInString(canonical) < p.MinLength:
		return "", fmt.Sprintf("must have at least %d characters", p.MinLength)
	case strings.ContainsRune(canonical, 0):
		return "", "must not hold a NUL character"
	case !utf8.ValidString(raw): // of a file in another encoding; no sign-in could send it
		return "", "must be text in UTF-8"
	}
	return canonical, ""
}

// entered is a password that somebody proves who they are with.
type entered struct {
	sent      string // as it came
	canonical string // in NFC
}

// enteredPassword returns what is to be compared with hashes. What is too long is
// nobody's password.
func enteredPassword(raw string) (p entered, tooLong bool) {
	p.sent = raw
	p.canonical, tooLong = canonicalPassword(raw)
	return p, tooLong
}

// verify is [password.Hasher.Verify]. A hash of bcrypt was made by another program, of
// the password as it was sent: some keyboards send marks apart from their letters.
func (s *Service) verify(ctx context.Context, p entered, hash string) (match, stale bool, err error) {
	match, stale, err = s.hasher.Verify(ctx, p.canonical, hash)
	if match || err != nil || p.sent == p.canonical || !password.IsBcrypt(hash) {
		return match, stale, err
	}
	return s.hasher.Verify(ctx, p.sent, hash)
}

func canonicalPassword(raw string) (canonical string, tooLong bool) {
	canonical = norm.NFC.String(raw)
	return canonical, utf8.RuneCountInString(canonical) > maxPassword
}

// hashing turns an error of the hasher into the answer.
func hashing(err error) error {
	if errors.Is(err, password.ErrBusy) {
		return errTooBusy
	}
	return err
}
