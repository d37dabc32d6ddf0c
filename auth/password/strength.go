package password

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/trustelem/zxcvbn"
	"github.com/trustelem/zxcvbn/match"
)

const (
	strong     = 3  // of zxcvbn's 0 to 4: more than 10⁸ guesses
	window     = 32 // runes judged at once: the time grows with a power of them, at worst 50 ms for 32 and 900 ms for 72
	minRemoved = 4  // runes; shorter words stand in many good passwords by chance
)

const veryCommon = "it is one of the most common passwords"

// Judge says why the password could be guessed, in words that follow "is too
// easy to guess:", or "" when it is hard to guess. words are what an attacker knows of
// the user and the site (OWASP ASVS 6.2.4, 6.2.11). Judging takes about as
// long as hashing, so it takes a slot too; its errors are those of
// [Hasher.Hash].
func (h *Hasher) Judge(ctx context.Context, password string, words []string) (weakness string, err error) {
	err = h.inSlot(ctx, func() error {
		weakness = Weakness(password, words)
		return nil
	})
	return weakness, err
}

// Weakness is [Hasher.Judge] without waiting for a slot.
func Weakness(password string, words []string) string {
	lower := strings.ToLower(password)
	if common(lower) {
		return veryCommon
	}
	words = contextWords(words)
	if weakness := weakest(password, words); weakness != "" {
		return weakness
	}
	rest := without(lower, words)
	if rest != lower && weakest(strings.Join(split(rest), ""), words) != "" {
		return "it is little more than your name, your email or the name of this site"
	}
	return ""
}

// contextWords returns the words and their parts, in lower case, the longest
// first: of "ada.lovelace" an attacker tries "ada" and "lovelace" too.
func contextWords(words []string) []string {
	var all []string
	for _, word := range words {
		word = strings.ToLower(word)
		all = append(all, word)
		all = append(all, split(word)...)
	}
	slices.SortStableFunc(all, func(a, b string) int { return len(b) - len(a) })
	return slices.Compact(all)
}

func split(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" .,_-+'@", r) })
}

func without(password string, words []string) string {
	for _, word := range words {
		if utf8.RuneCountInString(word) >= minRemoved {
			password = strings.ReplaceAll(password, word, "")
		}
	}
	return password
}

// weakest looks at the password window by window: all of it is at least as
// strong as its strongest part, so one strong window is enough, and no long
// passphrase is refused because it was cut.
func weakest(password string, words []string) (weakness string) {
	runes := []rune(password)
	for {
		n := min(window, len(runes))
		result := zxcvbn.PasswordStrength(string(runes[:n]), words)
		if result.Score >= strong {
			return ""
		}
		if weakness == "" {
			weakness = because(result.Sequence)
		}
		if runes = runes[n:]; len(runes) == 0 {
			return weakness
		}
	}
}

// because explains the longest part that an attacker would not have to guess
// letter by letter.
func because(parts []*match.Match) string {
	var longest match.Match
	for _, part := range parts {
		if part.Pattern != "bruteforce" && len(part.Token) > len(longest.Token) {
			longest = *part
		}
	}
	switch longest.Pattern {
	case "dictionary":
		return becauseWord(longest.DictionaryName, len(parts) == 1)
	case "spatial":
		return "it follows the keys of the keyboard"
	case "repeat":
		return "it repeats itself"
	case "sequence":
		return "it is a sequence, such as abc or 6543"
	case "date", "regex":
		return "it is a date or a year"
	}
	return "it is too short" // zxcvbn gives eight random characters a 2
}

func becauseWord(dictionary string, alone bool) string {
	switch {
	case dictionary == "user_inputs":
		return "it is little more than your name, your email or the name of this site"
	case dictionary == "passwords" && alone:
		return veryCommon
	case dictionary == "passwords":
		return "it is like one of the most common passwords"
	case strings.HasSuffix(dictionary, "names"):
		return "it is a common name with little else"
	}
	return "it is a common word with little else"
}
