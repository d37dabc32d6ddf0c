package config

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	accessSecret  = "ACCESS_TOKEN_SECRET"
	refreshSecret = "REFRESH_TOKEN_SECRET" // #nosec G101 -- the name of a variable
	minSecret     = 32                     // bytes: as long as HS256's output, RFC 7518 §3.2
	minDistinct   = 8                      // bytes: 32 random hexadecimal digits have fewer once in 20 million
	makeOne       = "the output of: openssl rand -hex 32"
)

// secrets returns the keys of both tokens. What is unset comes from the file
// of generated secrets in development and is refused in production.
func (r *reader) secrets(dataDir string, production bool) (access, refresh []string) {
	access, refresh = r.list(accessSecret), r.list(refreshSecret)
	r.checkSecrets(accessSecret, access)
	r.checkSecrets(refreshSecret, refresh)
	if production {
		r.requireSecret(accessSecret, access)
		r.requireSecret(refreshSecret, refresh)
	} else if len(access) == 0 || len(refresh) == 0 {
		generated := r.generated(dataDir)
		if len(access) == 0 {
			access = generated.access
		}
		if len(refresh) == 0 {
			refresh = generated.refresh
		}
	}
	if slices.ContainsFunc(refresh, func(s string) bool { return slices.Contains(access, s) }) {
		r.fail(refreshSecret, "shares a secret with "+accessSecret+": one token could stand in for the other", makeOne)
	}
	return access, refresh
}

func (r *reader) requireSecret(name string, secrets []string) {
	if len(secrets) == 0 {
		r.fail(name, "is required in production", makeOne)
	}
}

func (r *reader) checkSecrets(name string, secrets []string) {
	for i, secret := range secrets {
		wrong := weakness(secret)
		if slices.Contains(secrets[:i], secret) {
			wrong = "repeats an earlier entry"
		}
		if wrong == "" {
			continue
		}
		if len(secrets) > 1 {
			wrong = "entry " + strconv.Itoa(i+1) + " " + wrong
		}
		r.fail(name, wrong, makeOne)
	}
}

// weakness says why a secret could be guessed, or "". It never quotes it.
func weakness(secret string) string {
	distinct := make(map[byte]bool)
	for i := range len(secret) {
		distinct[secret[i]] = true
	}
	switch {
	case len(secret) < minSecret:
		return "is shorter than 32 bytes"
	case len(distinct) < minDistinct:
		return "has too few different characters"
	case repeats(secret):
		return "repeats one short pattern"
	case exampleWords.MatchString(secret) && !looksRandom(secret):
		return "looks like an example"
	}
	return ""
}

var exampleWords = regexp.MustCompile(`(?i)change|example|secret|(^|[^a-z0-9])your[-_ ]`)

// looksRandom tells generated text from written text, so that a random secret
// which happens to spell a word is not refused. Between neighbours, words
// rarely go from small to capital letter or between letter and digit; base64
// does so for about half of its characters. (A capital followed by a small
// letter is how words begin, and does not count.)
func looksRandom(secret string) bool {
	var previous byte
	var turns, pairs int
	for i := range len(secret) {
		class := classOf(secret[i])
		if class == 0 {
			continue
		}
		if previous != 0 {
			pairs++
			if class != previous && (previous != 'A' || class != 'a') {
				turns++
			}
		}
		previous = class
	}
	return turns*100 >= pairs*35
}

// classOf is 'a', 'A' or '0', and 0 for everything between words.
func classOf(b byte) byte {
	switch {
	case 'a' <= b && b <= 'z':
		return 'a'
	case 'A' <= b && b <= 'Z':
		return 'A'
	case '0' <= b && b <= '9':
		return '0'
	}
	return 0
}

// repeats finds 12345678901234567890… and its like.
func repeats(s string) bool {
	for period := 1; period <= len(s)/2; period++ {
		if strings.HasPrefix(s, s[period:]) {
			return true
		}
	}
	return false
}
