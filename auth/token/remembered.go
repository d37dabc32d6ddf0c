package token

import (
	"crypto/sha256"

	"github.com/maypok86/otter/v2"
)

// maxRemembered bounds the memory of a signer: at about 300 bytes each, 3 MB.
const maxRemembered = 10_000 // tokens

// remembered keeps the claims of tokens that verified, by the SHA-256 of their
// bytes. A browser sends one access token for 15 minutes, and to parse it
// again costs more than all the rest of a request. Refusals are not kept, so
// bad tokens push no good one out.
//
// The same bytes would verify again: the keys do not change while the program
// runs, and of the checks that depend on the time only exp can turn from yes
// to no. That one is made each time.
type remembered struct {
	claims *otter.Cache[[sha256.Size]byte, Claims]
}

func newRemembered() *remembered {
	return &remembered{otter.Must(&otter.Options[[sha256.Size]byte, Claims]{MaximumSize: maxRemembered})}
}

// claimsOf returns what parse says of the token, from memory where it said so
// before.
func (r *remembered) claimsOf(raw string, parse func(raw string) (Claims, error)) (Claims, error) {
	digest := sha256.Sum256([]byte(raw))
	if claims, found := r.claims.GetIfPresent(digest); found {
		return claims, nil
	}
	claims, err := parse(raw)
	if err == nil {
		r.claims.Set(digest, claims)
	}
	return claims, err
}
