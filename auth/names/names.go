// Package names says which usernames, emails and full names are accepted, and
// what is one name. Most callers need [Username], [Email] and [FullName]; each
// returns the spelling to store, or what is wrong in words that follow the
// field's name. It imports no other package of the program.
package names

import (
	"cmp"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/secure/precis"
	"golang.org/x/text/unicode/norm"
)

// Limits of the names, in characters unless said otherwise.
const (
	minUsername = 3
	maxUsername = 30
	maxFullName = 100
	maxEmail    = 254 // bytes, RFC 5321 §4.5.3.1.3 less the angle brackets
	maxLocal    = 64  // bytes, RFC 5321 §4.5.3.1.1
)

// Username returns the one spelling under which this username is
// stored and found (PRECIS UsernameCaseMapped, RFC 8265 §3.3: width, case and
// NFC; without joiners), or what is wrong with it. Letters of two scripts are
// refused, so no Cyrillic а passes for a Latin a.
func Username(raw string) (username, problem string) {
	trimmed := strings.TrimSpace(raw)
	if trimmed == "" {
		return "", "is required"
	}
	trimmed = withoutJoiners(trimmed)
	username, err := precis.UsernameCaseMapped.String(trimmed)
	if n := utf8.RuneCountInString(username); err == nil && (n < minUsername || n > maxUsername) { // first: finding scripts is slow
		return "", "must have 3 to 30 characters"
	}
	if err != nil {
		return "", usernameRule(disallowed(trimmed), "")
	}
	if i := strings.IndexFunc(username, notInUsername); i >= 0 {
		r, _ := utf8.DecodeRuneInString(username[i:])
		return "", usernameRule(r, "")
	}
	if r, why := strayLetter(username); r != 0 {
		return "", usernameRule(r, why)
	}
	if r := cmp.Or(strayMark(username), oneMarkTooMany(username)); r != 0 {
		return "", usernameRule(r, "")
	}
	return username, ""
}

// usernameRule says what a username may hold, and which character it may not. 0 is
// none in particular.
func usernameRule(r rune, why string) string {
	const rule = "may hold letters of one script, digits, '.', '_' and '-'"
	if r == 0 {
		return rule
	}
	return rule + ", not " + shown(r) + why
}

// disallowed returns the first character that PRECIS allows in no username, 0 where
// it refuses a combination.
func disallowed(username string) rune {
	for i, r := range username {
		_, alone := precis.UsernameCaseMapped.String(string(r))
		_, behind := precis.UsernameCaseMapped.String(username[:i] + string(r)) // a mark needs its letter
		if alone != nil && behind != nil {
			return r
		}
	}
	return 0
}

func notInUsername(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.M, r) && !strings.ContainsRune("._-", r)
}

// Email returns the one spelling under which this address is stored
// and found, or what is wrong with it: trimmed, lower case, the domain in
// ASCII. The part before the @ is a dot-atom of ASCII (RFC 5322 §3.2.3);
// quoted and international ones (RFC 6531) are refused: docs/decisions/0016-names.md.
func Email(raw string) (email, problem string) {
	trimmed := strings.TrimSpace(raw)
	if trimmed == "" {
		return "", "is required"
	}
	local, domain, found := strings.Cut(norm.NFC.String(trimmed), "@")
	if !found || local == "" || domain == "" || !utf8.ValidString(local+domain) {
		return "", notAnAddress
	}
	if problem := localProblem(local); problem != "" {
		return "", problem
	}
	domain, err := idna.New(idna.MapForLookup(), idna.BidiRule(), idna.VerifyDNSLength(true)).ToASCII(domain)
	if err != nil || !strings.Contains(domain, ".") {
		return "", "has no name of a mail server, such as example.com, behind the @"
	}
	email = strings.ToLower(local) + "@" + domain
	if parsed, err := mail.ParseAddress(email); err != nil || parsed.Address != email {
		return "", notAnAddress
	}
	if len(email) > maxEmail {
		return "", "must have at most 254 bytes"
	}
	return email, ""
}

const notAnAddress = "is not an email address"

// localProblem says what is wrong before the @.
func localProblem(local string) string {
	for _, r := range local {
		switch {
		case unicode.IsSpace(r) || !unicode.IsPrint(r) || strings.ContainsRune(`"(),:;<>@[\]`, r):
			return "must not hold " + shown(r) + " before the @"
		case r > unicode.MaxASCII:
			return "must not hold " + shown(r) + " before the @: letters other than a to z are not supported there"
		}
	}
	if len(local) > maxLocal {
		return "must have at most 64 bytes before the @"
	}
	return ""
}

// FullName returns the name trimmed and in NFC, or what is wrong.
func FullName(raw string) (name, problem string) {
	name = norm.NFC.String(strings.TrimSpace(raw))
	switch {
	case name == "":
		return "", "is required"
	case utf8.RuneCountInString(name) > maxFullName:
		return "", "must have at most 100 characters"
	}
	for _, r := range name {
		if !unicode.IsGraphic(r) && !isJoiner(r) {
			return "", "must not hold the invisible character " + shown(r)
		}
	}
	if r := strayJoiner(name); r != 0 {
		return "", "may hold " + shown(r) + " only between two letters that it joins or parts"
	}
	if r := oneMarkTooMany(name); r != 0 {
		return "", "must not hold a fifth mark in a row, " + shown(r)
	}
	if !strings.ContainsFunc(name, isVisible) {
		return "", "must hold a character that can be seen"
	}
	return name, ""
}
