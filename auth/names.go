package auth

import (
	"cmp"
	"context"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"sallyport/models"

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

// normalizeUsername returns the one spelling under which this username is
// stored and found (PRECIS UsernameCaseMapped, RFC 8265 §3.3: width, case and
// NFC), or what is wrong with it. Letters of two scripts are refused, so no
// Cyrillic а passes for a Latin a.
func normalizeUsername(raw string) (username, problem string) {
	trimmed := strings.TrimSpace(raw)
	if trimmed == "" {
		return "", "is required"
	}
	username, err := precis.UsernameCaseMapped.String(trimmed)
	if n := utf8.RuneCountInString(username); err == nil && (n < minUsername || n > maxUsername) { // first: finding scripts is slow
		return "", "must have 3 to 30 characters"
	}
	if err != nil || strings.ContainsFunc(username, notInUsername) || !oneScript(username) || strayMark(username) {
		return "", "may hold letters of one script, digits, '.', '_' and '-'"
	}
	return username, ""
}

func notInUsername(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.M, r) && !strings.ContainsRune("._-", r)
}

// oneScript reports whether all letters are of one script. Japanese writes
// three together, and they look like no other.
func oneScript(s string) bool {
	script := ""
	for _, r := range s {
		if !unicode.IsLetter(r) {
			continue
		}
		of := scriptOf(r)
		if script != "" && of != script {
			return false
		}
		script = of
	}
	return true
}

// strayMark reports a combining mark on a letter of a script that needs none:
// NFC has composed the real ones, and what is left only makes two names look
// alike, as in i̇stanbul (from İstanbul) and istanbul.
func strayMark(s string) bool {
	composed := strings.ContainsFunc(s, func(r rune) bool { return unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic) })
	return composed && strings.ContainsFunc(s, unicode.IsMark)
}

func scriptOf(r rune) string {
	if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) {
		return "Japanese"
	}
	for name, table := range unicode.Scripts {
		if unicode.Is(table, r) {
			return name
		}
	}
	return ""
}

// normalizeEmail returns the one spelling under which this address is stored
// and found, or what is wrong with it: trimmed, lower case, the domain in
// ASCII. The part before the @ is a dot-atom of ASCII (RFC 5322 §3.2.3);
// quoted and international ones are refused, as nearly every mail system does.
func normalizeEmail(raw string) (email, problem string) {
	const notAnAddress = "is not an email address"
	trimmed := strings.TrimSpace(raw)
	if trimmed == "" {
		return "", "is required"
	}
	local, domain, found := strings.Cut(norm.NFC.String(trimmed), "@")
	if !found || !utf8.ValidString(domain) || len(local) > maxLocal || strings.ContainsFunc(local, notInLocal) {
		return "", notAnAddress
	}
	domain, err := idna.New(idna.MapForLookup(), idna.BidiRule(), idna.VerifyDNSLength(true)).ToASCII(domain)
	if err != nil || !strings.Contains(domain, ".") {
		return "", notAnAddress
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

func notInLocal(r rune) bool {
	return r > unicode.MaxASCII || r <= ' ' || r == 0x7f || strings.ContainsRune(`"(),:;<>@[\]`, r)
}

// normalizeFullName returns the name trimmed and in NFC, or what is wrong.
func normalizeFullName(raw string) (name, problem string) {
	name = norm.NFC.String(strings.TrimSpace(raw))
	switch {
	case name == "":
		return "", "is required"
	case utf8.RuneCountInString(name) > maxFullName:
		return "", "must have at most 100 characters"
	case strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsGraphic(r) }):
		return "", "must not hold control characters"
	}
	return name, ""
}

// account is the name under which somebody signs in.
type account struct {
	email bool   // else a username
	name  string // normalised, or as it came where it is not possible
	// possible is false for a name that no account can have. It is one nobody
	// has: the same answer as for any unknown user.
	possible bool
}

// account goes by the name alone, whichever field it came in: every email holds
// an @ and no username does.
func (c Credentials) account() account {
	a := account{name: cmp.Or(c.Email, c.Username)}
	normalize := normalizeUsername
	if a.email = strings.Contains(a.name, "@"); a.email {
		normalize = normalizeEmail
	}
	if name, problem := normalize(a.name); problem == "" {
		a.name, a.possible = name, true
	}
	return a
}

// key is under what its wrong passwords are limited, whether or not there is
// such an account. An account has two names and so two keys; what locks it is
// counted in its row.
func (a account) key() string {
	if a.email {
		return "email:" + a.name
	}
	return "username:" + a.name
}

func (a account) load(ctx context.Context, store UserStore) (user models.User, found bool, err error) {
	switch {
	case !a.possible:
		return models.User{}, false, nil
	case a.email:
		return store.UserByEmail(ctx, a.name)
	default:
		return store.UserByUsername(ctx, a.name)
	}
}
