package auth

import (
	"context"
	"errors"
	"fmt"
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

// newPassword returns the password as it will be hashed, or what is wrong with
// it. about is what an attacker knows of the user. Errors: CodeTooBusy.
func (s *Service) newPassword(ctx context.Context, raw string, about ...string) (password, problem string, err error) {
	password, problem = s.passwords.normalize(raw)
	if problem != "" {
		return "", problem, nil
	}
	weakness, err := s.hasher.Judge(ctx, password, append(about, s.passwords.SiteWords...))
	if err != nil {
		return "", "", hashing(err)
	}
	if weakness != "" {
		return "", "is too easy to guess: " + weakness + "; three or four unrelated words make a good one", nil
	}
	return password, "", nil
}

// normalize returns the password in NFC, so that it is the same from every
// keyboard, or what is wrong with it. Spaces count, at the ends too.
func (p PasswordPolicy) normalize(raw string) (password, problem string) {
	password, tooLong := canonicalPassword(raw)
	switch {
	case raw == "":
		return "", "is required"
	case tooLong:
		return "", fmt.Sprintf("must have at most %d characters", maxPassword)
	case utf8.RuneCountInString(password) < p.MinLength:
		return "", fmt.Sprintf("must have at least %d characters", p.MinLength)
	case strings.ContainsRune(password, 0):
		return "", "must not hold a NUL character"
	}
	return password, ""
}

func canonicalPassword(raw string) (password string, tooLong bool) {
	password = norm.NFC.String(raw)
	return password, utf8.RuneCountInString(password) > maxPassword
}

// hashing turns an error of the hasher into the answer.
func hashing(err error) error {
	if errors.Is(err, password.ErrBusy) {
		return errTooBusy
	}
	return err
}
