package token

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
)

const oneTimeBytes = 32 // 256 random bits; OWASP ASVS 6.5.3 and 7.2.3 ask for 128 at least

// NewOneTime returns a token for a link that is sent by mail, and the hash to
// store: a copy of the database then opens no link. A random token needs no
// slow hash, because it cannot be guessed.
func NewOneTime() (token, hash string) {
	random := make([]byte, oneTimeBytes)
	_, _ = rand.Read(random) // never fails
	token = base64.RawURLEncoding.EncodeToString(random)
	return token, hashOneTime(token)
}

// HashOneTime returns the hash under which the token is stored. ok is false for
// text that is no token of [NewOneTime].
func HashOneTime(token string) (hash string, ok bool) {
	random, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(random) != oneTimeBytes {
		return "", false
	}
	return hashOneTime(token), true
}

func hashOneTime(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
