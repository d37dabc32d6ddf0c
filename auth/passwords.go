package auth

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxPassword bounds the work of normalising; any passphrase fits (OWASP ASVS
// 6.2.9 asks for at least 64).
const maxPassword = 256 // characters

// PasswordPolicy says which new passwords are accepted. There are no
// composition rules (OWASP ASVS 6.2.5).
type PasswordPolicy struct {
	MinLength int // characters
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
