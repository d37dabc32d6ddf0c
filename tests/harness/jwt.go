package harness

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
)

// DecodeJWT reads what a token says of itself, as anybody can who holds it,
// without its key.
func DecodeJWT(token string) (header, claims map[string]any, err error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, nil, fmt.Errorf("%q is no JWT", token)
	}
	for i, target := range []*map[string]any{&header, &claims} {
		text, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			return nil, nil, err
		}
		if err := json.Unmarshal(text, target); err != nil {
			return nil, nil, err
		}
	}
	return header, claims, nil
}

// Signature returns the last part of a JWT, without which it is worth nothing.
func Signature(token string) string {
	return token[strings.LastIndexByte(token, '.')+1:]
}
