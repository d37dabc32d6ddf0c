package token

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// key is one secret with the name tokens call it by.
type key struct {
	id     string
	secret []byte
}

// newKeys names each secret by a keyed digest of a constant, so the name stays
// the same across restarts and list positions and says nothing of the secret.
func newKeys(secrets []string) []key {
	keys := make([]key, len(secrets))
	for i, s := range secrets {
		mac := hmac.New(sha256.New, []byte(s))
		mac.Write([]byte("sallyport kid"))
		keys[i] = key{
			id:     base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:6]), // 48 bits tell a handful of keys apart
			secret: []byte(s),
		}
	}
	return keys
}

// NewID returns a token id: 128 random bits (OWASP ASVS 7.2.3) in 22 characters.
func NewID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}
