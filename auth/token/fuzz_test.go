package token

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// known are fixed claims, so that the fuzzer's findings can be replayed.
func known() Claims {
	return Claims{
		UserID:    uuid.MustParse("01890a5d-ac96-774b-bcce-b302099a8057"),
		SessionID: uuid.MustParse("5a1d2c3b-4e5f-4061-8273-94a5b6c7d8e9"),
		TokenID:   "AAAAAAAAAAAAAAAAAAAAAA",
		IssuedAt:  start,
		ExpiresAt: start.Add(time.Hour),
	}
}

// FuzzVerify_AcceptsOnlyWhatWasSigned mangles the text of tokens. Without the
// key nothing may verify but the very bytes that were signed.
func FuzzVerify_AcceptsOnlyWhatWasSigned(f *testing.F) {
	now := new(clock).now
	access, refresh := NewAccess([]string{secret}, now), NewRefresh([]string{otherSecret}, now)
	var signed []string
	for _, s := range []*Signer{access, refresh} {
		raw, err := s.Sign(known())
		if err != nil {
			f.Fatal(err)
		}
		signed = append(signed, raw)
	}
	for _, raw := range append(signed, forgedTexts(access, signed[0])...) {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		for i, s := range []*Signer{access, refresh} {
			claims, err := s.Inspect(raw)
			if err == nil {
				again, err := s.Sign(claims)
				if raw != signed[i] || again != raw || err != nil {
					t.Fatalf("%q verifies and was not signed here; signed again it is %q", raw, again)
				}
			} else if !slices.Contains([]error{ErrMissing, ErrInvalid, ErrForged, ErrExpired}, err) || claims != (Claims{}) {
				t.Fatalf("%q: %v with %v", raw, err, claims)
			}
			if good, twice := s.VerifyAll([]string{raw, raw}); (twice == nil) != (err == nil) || len(good) > 0 != (err == nil) {
				t.Fatalf("%q: %v alone, %v twice", raw, err, twice)
			}
		}
	})
}

// forgedTexts are the attacks on a token's header, key and text.
func forgedTexts(s *Signer, good string) []string {
	parts := strings.Split(good, ".")
	texts := []string{
		"", ".", "..", "...", "....", strings.Repeat(".", 5000), "undefined", good + "=", good + ".", good + "\n", " " + good, good[:len(good)-1], good + "A",
		parts[0] + "." + parts[1] + ".", parts[0] + "." + parts[1], parts[0] + ".." + parts[2], good + ".AAAA.AAAA",
		parts[0] + "." + parts[1] + "." + strings.Repeat("A", 43),
	}
	for name, value := range map[string]any{
		"alg": "none", "kid": "../../dev/null", "jku": "https://evil.example", "jwk": map[string]any{"k": "AAAA"}, "crit": []string{"b64"}, "typ": "rt+jwt",
	} {
		texts = append(texts, forge(s, func(f *forgery) { f.header[name], f.key = value, []byte("secret") }))
	}
	return append(texts, forge(s, func(f *forgery) {
		f.method, f.key = jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType
	}))
}

// FuzzVerify_SignedPayload signs any payload with the right key. What verifies
// must say, to a second decoder too, what the rules ask for.
func FuzzVerify_SignedPayload(f *testing.F) {
	const good = `{"iss":"sallyport","sub":"01890a5d-ac96-774b-bcce-b302099a8057","aud":["sallyport:api"],"exp":1772370000,"iat":1772366400,"jti":"A","sid":"5a1d2c3b-4e5f-4061-8273-94a5b6c7d8e9"}`
	f.Add(good)
	for old, forged := range map[string]string{
		`1772370000`: `"1772370000"`, `"iat":1772366400`: `"iat":9223372036854775807`, `"exp":1772370000`: `"exp":1e300`, `"jti":"A"`: `"nbf":1e300,"jti":"A"`,
		`["sallyport:api"]`: `"sallyport:refresh"`, `"iss":"sallyport"`: `"iss":["sallyport"]`, `"exp":1772370000,`: ``, `01890a5d-`: `1 OR 1=1`, `"A"`: `""`,
		`"exp"`: `"EXP"`, `{"iss"`: `{"exp":1,"iss"`, `"sid"`: `"s\u0131d"`,
	} {
		f.Add(strings.Replace(good, old, forged, 1))
	}
	s := NewAccess([]string{secret}, new(clock).now)
	f.Fuzz(func(t *testing.T, payload string) {
		input := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","kid":"`+s.keys[0].id+`","typ":"at+jwt"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(payload))
		signature, err := jwt.SigningMethodHS256.Sign(input, s.keys[0].secret)
		if err != nil {
			t.Fatal(err)
		}
		claims, err := s.Verify(input + "." + base64.RawURLEncoding.EncodeToString(signature))
		if err != nil {
			return
		}
		if wrong := unlawful(payload, claims); wrong != nil {
			t.Fatalf("%s verifies: %v", payload, wrong)
		}
	})
}

// unlawful reads the payload with a decoder of its own and says what is wrong
// with it, or with the claims that were made of it.
func unlawful(payload string, got Claims) error {
	var p struct {
		Iss, Sub, Sid, Jti string
		Exp, Iat, Nbf      *json.Number
		Aud                any
	}
	if err := json.Unmarshal([]byte(payload), &p); err != nil {
		return err
	}
	seconds := func(n *json.Number) int64 {
		if n == nil {
			return math.MinInt64
		}
		whole, err := n.Int64()
		if err != nil {
			return math.MaxInt64
		}
		return whole
	}
	now, slack := start.Unix(), int64(leeway/time.Second)
	audiences, _ := p.Aud.([]any)
	switch {
	case p.Iss != issuer:
		return errors.New("iss")
	case p.Aud != "sallyport:api" && !slices.Contains(audiences, any("sallyport:api")):
		return errors.New("aud")
	case p.Exp == nil || seconds(p.Exp) <= now-slack || got.ExpiresAt.Unix() != seconds(p.Exp):
		return errors.New("exp")
	case p.Iat == nil || seconds(p.Iat) > now+slack || got.IssuedAt.Unix() != seconds(p.Iat):
		return errors.New("iat")
	case p.Nbf != nil && seconds(p.Nbf) > now+slack:
		return errors.New("nbf")
	case p.Jti == "" || got.TokenID != p.Jti:
		return errors.New("jti")
	case uuid.Validate(p.Sub) != nil || got.UserID != uuid.MustParse(p.Sub):
		return errors.New("sub")
	case uuid.Validate(p.Sid) != nil || got.SessionID != uuid.MustParse(p.Sid):
		return errors.New("sid")
	}
	return nil
}
