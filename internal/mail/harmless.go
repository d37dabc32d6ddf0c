package mail

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// looksLikeLink matches what mail programs may turn into a link: a scheme, a path,
// an address, or a dot before a letter as in example.com.
var looksLikeLink = regexp.MustCompile(`[/:@\\]|[\p{L}\p{M}\p{N}-][.。]\p{L}`)

// harmless returns a text that somebody else may have chosen, such as a name, or
// "" where it could mislead its reader. Whoever signs up with the address of
// another person would else decide what our mail to that person says.
func harmless(text string) string {
	plain := norm.NFKC.String(text) // full-width forms of the same characters
	if looksLikeLink.MatchString(plain) || strings.ContainsFunc(text, misleads) {
		return ""
	}
	return strings.TrimSpace(text)
}

// misleads reports characters that end a line or turn the direction of writing.
func misleads(c rune) bool {
	return unicode.IsControl(c) || c == '\u2028' || c == '\u2029' || unicode.Is(unicode.Bidi_Control, c)
}
