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
	minSecret     = 32                     // bytes: the length of HS256's output, RFC 7518 §3.2
	minDistinct   = 8                      // byte values: of 20 million random 32-digit hexadecimal texts one has fewer
	makeOne       = "the output of: openssl rand -hex 32"
)

// secrets returns the secrets of both tokens. An unset variable is a problem in
// production; in development its secret is generated, if generate says so and
// there is none yet.
func (r *reader) secrets(dataDir string, production, generate bool) (access, refresh []string) {
	access, refresh = r.list(accessSecret), r.list(refreshSecret)
	r.checkSecrets(accessSecret, access)
	r.checkSecrets(refreshSecret, refresh)
	if production {
		r.requireSecret(accessSecret, access)
		r.requireSecret(refreshSecret, refresh)
	} else if len(access) == 0 || len(refresh) == 0 {
		fallback := r.loadGenerated(dataDir, generate)
		if len(access) == 0 {
			access = fallback.access
		}
		if len(refresh) == 0 {
			refresh = fallback.refresh
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

// weakness returns why a secret can be guessed, or "". The text does not contain
// the secret.
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

// looksRandom accepts a random secret that contains a word by chance. It counts
// the changes between small letters, capital letters and digits: in base64 about
// half of the neighbouring pairs change, in written text few. A change from a
// capital to a small letter does not count, because words begin that way.
func looksRandom(secret string) bool {
	var previous byte
	var changes, pairs int
	for i := range len(secret) {
		class := classOf(secret[i])
		if class == 0 {
			continue
		}
		if previous != 0 {
			pairs++
			if class != previous && (previous != 'A' || class != 'a') {
				changes++
			}
		}
		previous = class
	}
	return changes*100 >= pairs*35
}

// classOf returns 'a' for a small letter, 'A' for a capital, '0' for a digit, and
// 0 for any other byte.
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

// repeats reports whether s repeats one pattern, as 123412341234 does.
func repeats(s string) bool {
	for period := 1; period <= len(s)/2; period++ {
		if strings.HasPrefix(s, s[period:]) {
			return true
		}
	}
	return false
}
