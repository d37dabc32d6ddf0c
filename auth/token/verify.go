package token

import (
	"errors"
	"fmt"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// Verify returns the claims of a token of this signer's kind, or [ErrMissing],
// [ErrInvalid], which may be [ErrForged], or [ErrExpired].
// Source: RFC 8725 §3.1, §3.9, §3.11; OWASP ASVS 9.1.1, 9.1.2, 9.2.1, 9.2.2.
func (s *Signer) Verify(raw string) (Claims, error) {
	claims, err := s.Inspect(raw)
	if err != nil {
		return Claims{}, err
	}
	if !s.now().Before(claims.ExpiresAt.Add(leeway)) {
		return Claims{}, ErrExpired
	}
	return claims, nil
}

// Inspect is [Signer.Verify] without the expiry check: signing out accepts a
// token that is too old for anything else.
func (s *Signer) Inspect(raw string) (Claims, error) {
	if raw == "" {
		return Claims{}, ErrMissing
	}
	if len(raw) > maxLength || strings.ContainsAny(raw, "\r\n") { // Go's base64 skips line ends, in strict mode too
		return Claims{}, ErrInvalid
	}
	if s.seen != nil {
		return s.seen.claimsOf(raw, s.parse)
	}
	return s.parse(raw)
}

// parse makes every check but that of exp.
func (s *Signer) parse(raw string) (Claims, error) {
	var p payload
	_, err := s.parser.ParseWithClaims(raw, &p, s.keyOf)
	switch {
	case errors.Is(err, jwt.ErrTokenSignatureInvalid):
		return Claims{}, ErrForged
	case err != nil && !onlyExpired(err):
		return Claims{}, ErrInvalid
	}
	return p.claims()
}

// VerifyAll returns the claims of the good tokens among those a client sent
// under one name: browsers keep cookies of other paths, domains and times, and a
// sibling site can plant one. The error says why the rest is not good: nil
// where all are, [ErrMissing] where none came, else the refusal that helps the
// client most.
func (s *Signer) VerifyAll(candidates []string) (good []Claims, refusal error) {
	if len(candidates) == 0 {
		return nil, ErrMissing
	}
	for _, raw := range candidates {
		claims, err := s.Verify(raw)
		if err != nil {
			refusal = moreHelpful(refusal, err)
			continue
		}
		good = append(good, claims)
	}
	return good, refusal
}

// moreHelpful returns one of two refusals: after an expired token the client
// knows that it can refresh, after an invalid one that it has sent something.
func moreHelpful(a, b error) error {
	if a == ErrExpired || a != nil && b == ErrMissing {
		return a
	}
	return b
}

// onlyExpired reports whether every other check passed. golang-jwt joins the
// errors of all claims checks, and checks the signature before any of them.
func onlyExpired(err error) bool {
	if !errors.Is(err, jwt.ErrTokenExpired) {
		return false
	}
	for _, other := range []error{
		jwt.ErrTokenMalformed, jwt.ErrTokenUnverifiable, jwt.ErrTokenSignatureInvalid,
		jwt.ErrTokenRequiredClaimMissing, jwt.ErrTokenInvalidAudience, jwt.ErrTokenInvalidIssuer,
		jwt.ErrTokenNotValidYet,
	} {
		if errors.Is(err, other) {
			return false
		}
	}
	return true
}

// keyOf checks the header, whose every member must be one we wrote, and
// returns the key it names. Unknown members are refused with the rest, "crit"
// (RFC 7515 §4.1.11), "jku", "jwk" and "x5u" among them.
func (s *Signer) keyOf(t *jwt.Token) (any, error) {
	id, _ := t.Header["kid"].(string)
	if len(t.Header) != 3 || t.Header["typ"] != s.typ { // alg, typ, kid
		return nil, fmt.Errorf("header is not of a %s", s.typ)
	}
	for _, k := range s.keys {
		if k.id == id {
			return k.secret, nil
		}
	}
	return nil, errors.New("unknown kid")
}
