package names

import (
	"strings"

	"golang.org/x/text/secure/precis"
	"golang.org/x/text/unicode/norm"
)

// Prefixes returns what the stored username, email and full name of a user begin
// with who is looked for by the first characters of one of them; "" where none can
// begin so. A full name keeps its capitals.
func Prefixes(raw string) (username, email, fullName string) {
	fullName = norm.NFC.String(strings.TrimSpace(raw))
	username, err := precis.UsernameCaseMapped.String(withoutJoiners(fullName))
	if err != nil {
		username = ""
	}
	email, problem := Email(raw) // of a whole address the domain is in ASCII
	if problem != "" {
		email = strings.ToLower(fullName)
	}
	return username, email, fullName
}
