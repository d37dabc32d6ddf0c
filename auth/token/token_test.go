package token

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

const (
	secret      = "Xq7vR2mK9tLw4pZc8nYb3sHd6fJg1aUe"
	otherSecret = "Bn5hT8wQ2kVx7rMz4cPy9dLs3gFj6eAu"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// clock shows the start, moved by what it holds.
type clock time.Duration

func (c *clock) now() time.Time { return start.Add(time.Duration(*c)) }

func fresh() Claims {
	return Claims{
		UserID: uuid.New(), SessionID: uuid.New(), TokenID: NewID(), Role: "user",
		IssuedAt: start, ExpiresAt: start.Add(15 * time.Minute),
	}
}

func sign(t *testing.T, s *Signer, c Claims) string {
	t.Helper()
	raw, err := s.Sign(c)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// forgery is a token that is in order until a test changes something.
type forgery struct {
	header jwt.MapClaims
	claims jwt.MapClaims
	key    any
	method jwt.SigningMethod
}

func forge(s *Signer, change func(*forgery)) string {
	f := forgery{
		header: jwt.MapClaims{"typ": s.typ, "kid": s.keys[0].id},
		claims: jwt.MapClaims{
			"iss": issuer, "aud": []string{s.audience}, "sub": uuid.NewString(), "sid": uuid.NewString(),
			"jti": NewID(), "iat": start.Unix(), "exp": start.Add(time.Hour).Unix(),
		},
		key:    s.keys[0].secret,
		method: jwt.SigningMethodHS256,
	}
	change(&f)
	token := jwt.NewWithClaims(f.method, f.claims)
	for name, value := range f.header {
		token.Header[name] = value
	}
	for name, value := range f.header {
		if value == nil {
			delete(token.Header, name)
		}
	}
	raw, err := token.SignedString(f.key)
	if err != nil {
		panic(err)
	}
	return raw
}

func TestVerify_AcceptsAnUnchangedForgery(t *testing.T) {
	s := NewAccess([]string{secret}, new(clock).now)
	if _, err := s.Verify(forge(s, func(*forgery) {})); err != nil {
		t.Fatalf("the attacks below would prove nothing: %v", err)
	}
}

func TestVerify_RefusesForgedHeadersAndKeys(t *testing.T) {
	rsaKey, _ := rsa.GenerateKey(rand.Reader, 2048)
	ecKey, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	header := func(name string, value any) func(*forgery) {
		return func(f *forgery) { f.header[name] = value }
	}
	none := func(alg string) func(*forgery) {
		return func(f *forgery) {
			f.method, f.key, f.header["alg"] = jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, alg
		}
	}
	signed := func(method jwt.SigningMethod, key any) func(*forgery) {
		return func(f *forgery) { f.method, f.key = method, key }
	}
	attacks := map[string]func(*forgery){
		"alg none":                     none("none"),
		"alg None":                     none("None"),
		"alg nOnE":                     none("nOnE"),
		"alg empty":                    none(""),
		"HS256 named, not signed":      none("HS256"),
		"HS384":                        signed(jwt.SigningMethodHS384, []byte(secret)),
		"HS512":                        signed(jwt.SigningMethodHS512, []byte(secret)),
		"RS256":                        signed(jwt.SigningMethodRS256, rsaKey),
		"ES256":                        signed(jwt.SigningMethodES256, ecKey),
		"alg a number":                 header("alg", 256),
		"empty key":                    signed(jwt.SigningMethodHS256, []byte{}),
		"the key secret":               signed(jwt.SigningMethodHS256, []byte("secret")),
		"the other kind's key":         signed(jwt.SigningMethodHS256, []byte(otherSecret)),
		"kid missing":                  header("kid", nil),
		"kid unknown":                  header("kid", "AAAAAAAA"),
		"kid a path":                   header("kid", "../../dev/null"),
		"kid SQL":                      header("kid", "' OR 1=1 --"),
		"kid NUL":                      header("kid", "\x00"),
		"kid an array":                 header("kid", []string{"a"}),
		"kid an object":                header("kid", map[string]any{}),
		"jku":                          header("jku", "https://evil.example/keys"),
		"x5u":                          header("x5u", "https://evil.example/cert"),
		"jwk":                          header("jwk", map[string]any{"kty": "oct", "k": "AAAA"}),
		"unknown crit":                 header("crit", []string{"b64"}),
		"crit empty":                   header("crit", []string{}),
		"typ missing":                  header("typ", nil),
		"typ JWT":                      header("typ", "JWT"),
		"typ an array":                 header("typ", []string{"at+jwt"}),
		"typ of the other kind":        header("typ", "rt+jwt"),
		"typ missing, another instead": func(f *forgery) { f.header["typ"], f.header["cty"] = nil, "at+jwt" },
	}
	s := NewAccess([]string{secret}, new(clock).now)
	for name, attack := range attacks {
		if _, err := s.Verify(forge(s, attack)); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestVerify_RefusesWrongClaimsSignedWithTheRightKey(t *testing.T) {
	tests := []struct {
		why, claim string
		value      any // nil: missing
		want       error
	}{
		{"no exp", "exp", nil, ErrInvalid},
		{"exp a string", "exp", "tomorrow", ErrInvalid},
		{"exp an object", "exp", map[string]any{}, ErrInvalid},
		{"exp a number in quotes", "exp", "4102444800", ErrInvalid},
		{"exp beyond time", "exp", 1e300, ErrInvalid},
		{"nbf beyond time", "nbf", 1e300, ErrInvalid},
		{"nbf that wraps round", "nbf", math.MaxInt64, ErrInvalid},
		{"iat that wraps round", "iat", math.MaxInt64, ErrInvalid},
		{"exp that wraps round", "exp", math.MaxInt64, ErrInvalid},
		{"exp negative", "exp", -1, ErrExpired},
		{"exp 0", "exp", 0, ErrExpired},
		{"exp a second and the leeway ago", "exp", start.Add(-leeway).Unix(), ErrExpired},
		{"no iat", "iat", nil, ErrInvalid},
		{"nbf in the future", "nbf", start.Add(time.Minute).Unix(), ErrInvalid},
		{"no iss", "iss", nil, ErrInvalid},
		{"another iss", "iss", "evil", ErrInvalid},
		{"iss an array", "iss", []string{issuer}, ErrInvalid},
		{"no aud", "aud", nil, ErrInvalid},
		{"the other kind's aud", "aud", "sallyport:refresh", ErrInvalid},
		{"aud a number", "aud", 1, ErrInvalid},
		{"no sub", "sub", nil, ErrInvalid},
		{"sub no UUID", "sub", "1 OR 1=1", ErrInvalid},
		{"sub a number", "sub", 1, ErrInvalid},
		{"no sid", "sid", nil, ErrInvalid},
		{"sid no UUID", "sid", "x", ErrInvalid},
		{"no jti", "jti", nil, ErrInvalid},
	}
	s := NewAccess([]string{secret}, new(clock).now)
	for _, tt := range tests {
		raw := forge(s, func(f *forgery) {
			f.claims[tt.claim] = tt.value
			if tt.value == nil {
				delete(f.claims, tt.claim)
			}
		})
		if claims, err := s.Verify(raw); err != tt.want || claims != (Claims{}) {
			t.Errorf("%s: %v %v, want %v", tt.why, claims, err, tt.want)
		}
	}
}

func TestVerify_TheTimeOfIssueIsNotJudged(t *testing.T) { // the issuer's clock may be ahead, or ours set back
	s := NewAccess([]string{secret}, new(clock).now)
	for _, ahead := range []time.Duration{6 * time.Second, time.Hour} {
		raw := forge(s, func(f *forgery) {
			f.claims["iat"], f.claims["exp"] = start.Add(ahead).Unix(), start.Add(ahead+time.Hour).Unix()
		})
		if _, err := s.Verify(raw); err != nil {
			t.Errorf("%v ahead: %v", ahead, err)
		}
	}
}

func TestVerify_ExpiredAndWrongIsInvalidNotExpired(t *testing.T) {
	s := NewAccess([]string{secret}, new(clock).now)
	for claim, value := range map[string]any{"iss": "evil", "aud": "evil", "nbf": start.Add(time.Hour).Unix()} {
		raw := forge(s, func(f *forgery) { f.claims["exp"], f.claims[claim] = start.Add(-time.Hour).Unix(), value })
		if _, err := s.Verify(raw); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", claim, err)
		}
	}
}

func TestVerify_TellsAForgeryFromRubbish(t *testing.T) {
	s := NewAccess([]string{secret}, new(clock).now)
	good := sign(t, s, fresh())
	foreign := sign(t, NewAccess([]string{secret + "x"}, new(clock).now), fresh())
	signed := good[:strings.LastIndexByte(good, '.')+1]
	for why, tt := range map[string]struct {
		raw    string
		forged bool
	}{
		"another signature under our key's name": {signed + strings.Repeat("A", 43), true},
		"no signature":                           {signed, true},
		"of a secret that is gone":               {foreign, false}, // an honest client's after a change of secrets
		"no JWT":                                 {"undefined", false},
	} {
		if _, err := s.Verify(tt.raw); errors.Is(err, ErrForged) != tt.forged || !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", why, err)
		}
	}
}

func TestVerify_RefusesMangledText(t *testing.T) {
	s := NewAccess([]string{secret}, new(clock).now)
	good := sign(t, s, fresh())
	parts := strings.Split(good, ".")
	alphabet := "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, good[len(good)-1])
	tests := map[string]string{
		"trailing padding":             good + "=",
		"a line end in the signature":  good[:len(good)-4] + "\r\n" + good[len(good)-4:],
		"trailing dot":                 good + ".",
		"trailing space":               good + " ",
		"leading space":                " " + good,
		"non-canonical last character": good[:len(good)-1] + string(alphabet[last^1]), // a bit that no byte holds
		"flipped last bit":             good[:len(good)-1] + string(alphabet[last^4]),
		"standard alphabet":            parts[0] + "." + parts[1] + "." + strings.NewReplacer("-", "+", "_", "/").Replace(parts[2]) + "+",
		"no signature":                 parts[0] + "." + parts[1] + ".",
		"two parts":                    parts[0] + "." + parts[1],
		"five parts: a JWE":            good + ".AAAA.AAAA",
		"another payload":              parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{}`)) + "." + parts[2],
		"payload not JSON":             parts[0] + ".AAAA." + parts[2],
		"header not JSON":              "AAAA." + parts[1] + "." + parts[2],
		"zero signature":               parts[0] + "." + parts[1] + "." + strings.Repeat("A", 43),
		"just over 4 KB":               good + strings.Repeat("A", maxLength+1-len(good)),
		"500 KB of dots":               strings.Repeat(".", 500<<10),
		"the word undefined":           "undefined",
		"the word null":                "null",
		"NUL":                          "\x00",
		"Bearer inside":                "Bearer " + good,
	}
	for name, raw := range tests {
		if _, err := s.Verify(raw); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.Verify(""); err != ErrMissing {
		t.Errorf("empty: %v", err)
	}
}

func TestVerify_DotsCostNoMemory(t *testing.T) {
	s, dots := NewAccess([]string{secret}, new(clock).now), strings.Repeat(".", 500<<10)
	if n := testing.AllocsPerRun(10, func() { _, _ = s.Verify(dots) }); n > 1 {
		t.Errorf("%v allocations", n)
	}
}

func TestVerify_NeitherKindStandsInForTheOther(t *testing.T) {
	now := new(clock).now
	access, refresh := NewAccess([]string{secret}, now), NewRefresh([]string{otherSecret}, now)
	sameKey := NewRefresh([]string{secret}, now) // even with one secret typ and audience differ
	for name, err := range map[string]error{
		"refresh as access":           verifyError(access, sign(t, refresh, fresh())),
		"access as refresh":           verifyError(refresh, sign(t, access, fresh())),
		"refresh as access, same key": verifyError(access, sign(t, sameKey, fresh())),
		"access as refresh, same key": verifyError(sameKey, sign(t, access, fresh())),
	} {
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func verifyError(s *Signer, raw string) error {
	_, err := s.Verify(raw)
	return err
}

func TestVerify_ReturnsWhatWasSigned(t *testing.T) {
	s, claims := NewAccess([]string{secret}, new(clock).now), fresh()
	got, err := s.Verify(sign(t, s, claims))
	if err != nil || !got.IssuedAt.Equal(claims.IssuedAt) || !got.ExpiresAt.Equal(claims.ExpiresAt) {
		t.Fatalf("%+v, %v", got, err)
	}
	got.IssuedAt, got.ExpiresAt = claims.IssuedAt, claims.ExpiresAt // the same instants in another zone
	if got != claims {
		t.Errorf("%+v, want %+v", got, claims)
	}
}

func TestVerify_ExpiresAfterTheLeeway(t *testing.T) {
	var c clock
	s, claims := NewAccess([]string{secret}, c.now), fresh()
	raw, life := sign(t, s, claims), claims.ExpiresAt.Sub(start)
	for after, want := range map[time.Duration]error{0: nil, life: nil, life + leeway - 1: nil, life + leeway: ErrExpired, 100 * life: ErrExpired} {
		c = clock(after)
		if err := verifyError(s, raw); err != want {
			t.Errorf("after %v: %v, want %v", after, err, want)
		}
		if got, err := s.Inspect(raw); err != nil || got.SessionID != claims.SessionID {
			t.Errorf("inspected after %v: %v", after, err)
		}
	}
}

func TestInspect_AcceptsNothingButExpired(t *testing.T) {
	var c clock
	s := NewAccess([]string{secret}, c.now)
	expired := sign(t, s, fresh())
	c = clock(time.Hour)
	tests := map[string]string{
		"another key":  sign(t, NewAccess([]string{otherSecret}, c.now), fresh()),
		"another kind": sign(t, NewRefresh([]string{secret}, c.now), fresh()),
		"mangled":      expired[:len(expired)-1],
		"wrong issuer": forge(s, func(f *forgery) { f.claims["iss"] = "evil" }),
		"no exp":       forge(s, func(f *forgery) { delete(f.claims, "exp") }),
	}
	for name, raw := range tests {
		if _, err := s.Inspect(raw); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSign_SameClaimsSameBytes(t *testing.T) {
	claims, now := fresh(), new(clock).now
	first := sign(t, NewRefresh([]string{secret}, now), claims)
	again := sign(t, NewRefresh([]string{secret, otherSecret}, now), claims) // another process, an older secret kept
	if first != again {
		t.Errorf("%s\n%s", first, again)
	}
	claims.TokenID = NewID()
	if sign(t, NewRefresh([]string{secret}, now), claims) == first {
		t.Error("another token id gave the same token")
	}
}

func TestSecrets_SecondOfTheListVerifiesAndARemovedOneDoesNot(t *testing.T) {
	now := new(clock).now
	old := sign(t, NewAccess([]string{secret}, now), fresh())
	rotated := NewAccess([]string{otherSecret, secret}, now)
	if err := verifyError(rotated, old); err != nil {
		t.Errorf("second of the list: %v", err)
	}
	removed := NewAccess([]string{otherSecret}, now)
	if err := verifyError(removed, old); !errors.Is(err, ErrInvalid) {
		t.Errorf("removed: %v", err)
	}
	if err := verifyError(removed, sign(t, rotated, fresh())); err != nil {
		t.Errorf("the first of the list does not sign: %v", err)
	}
}

func TestPayload_HoldsNothingPersonal(t *testing.T) {
	now := new(clock).now
	for _, tt := range []struct {
		signer *Signer
		role   string
		want   []string
	}{
		{NewAccess([]string{secret}, now), "admin", []string{"aud", "exp", "iat", "iss", "jti", "role", "rti", "sid", "sub"}},
		{NewRefresh([]string{secret}, now), "", []string{"aud", "exp", "iat", "iss", "jti", "sid", "sub"}},
	} {
		claims := fresh()
		claims.Role = tt.role
		if tt.role != "" {
			claims.RefreshID = NewID()
		}
		parts := strings.Split(sign(t, tt.signer, claims), ".")
		for i, want := range [][]string{{"alg", "kid", "typ"}, tt.want} {
			text, err := base64.RawURLEncoding.DecodeString(parts[i])
			if err != nil {
				t.Fatal(err)
			}
			var members map[string]any
			if err := json.Unmarshal(text, &members); err != nil {
				t.Fatal(err)
			}
			if got := slices.Sorted(maps.Keys(members)); !slices.Equal(got, want) {
				t.Errorf("%s holds %v, want %v", tt.signer.typ, got, want)
			}
			if bytes.Contains(text, []byte(secret)) {
				t.Error("the secret is in the token")
			}
		}
	}
}

func TestVerifyAll_FindsTheGoodTokensAndTheMostHelpfulRefusal(t *testing.T) {
	var c clock
	s := NewRefresh([]string{secret}, c.now)
	mine, other := fresh(), fresh()
	old := fresh()
	old.IssuedAt, old.ExpiresAt = start.Add(-2*time.Hour), start.Add(-time.Hour)
	good, foreign, stale := sign(t, s, mine), sign(t, s, other), sign(t, s, old)
	tests := []struct {
		why        string
		candidates []string
		want       []string // token ids
		err        error
	}{
		{"nothing", nil, nil, ErrMissing},
		{"an empty value", []string{""}, nil, ErrMissing},
		{"one", []string{good}, []string{mine.TokenID}, nil},
		{"a stale one of another path first", []string{stale, good}, []string{mine.TokenID}, ErrExpired},
		{"a stale one last", []string{good, stale}, []string{mine.TokenID}, ErrExpired},
		{"a planted one", []string{"planted", good}, []string{mine.TokenID}, ErrInvalid},
		{"two sessions", []string{good, "x", foreign}, []string{mine.TokenID, other.TokenID}, ErrInvalid},
		{"only stale: the client can refresh", []string{stale, "x"}, nil, ErrExpired},
		{"stale last", []string{"x", stale}, nil, ErrExpired},
		{"only rubbish", []string{"x", ""}, nil, ErrInvalid},
	}
	for _, tt := range tests {
		claims, err := s.VerifyAll(tt.candidates)
		var got []string
		for _, c := range claims {
			got = append(got, c.TokenID)
		}
		if err != tt.err || !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q %v, want %q %v", tt.why, got, err, tt.want, tt.err)
		}
	}
}

func TestNewID_Is128BitsAndNeverTheSame(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		id := NewID()
		if b, err := base64.RawURLEncoding.DecodeString(id); err != nil || len(b) != 16 || seen[id] {
			t.Fatalf("%q: %v", id, err)
		}
		seen[id] = true
	}
}

func TestVerify_ARememberedTokenStillExpires(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	signer := NewAccess([]string{secret}, func() time.Time { return now })
	raw, err := signer.Sign(Claims{
		UserID: uuid.New(), SessionID: uuid.New(), TokenID: NewID(), IssuedAt: now, ExpiresAt: now.Add(time.Minute),
	})
	if err != nil {
		t.Fatal(err)
	}
	first, err := signer.Verify(raw)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := signer.Verify(raw); err != nil || again != first {
		t.Errorf("the second time %+v, %v; the first time %+v", again, err, first)
	}
	now = now.Add(time.Minute + leeway)
	if _, err := signer.Verify(raw); err != ErrExpired {
		t.Errorf("after its end: %v", err)
	}
}

func TestVerify_ARefusalIsNotRemembered(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	signer := NewAccess([]string{secret}, func() time.Time { return now })
	early := forge(signer, func(f *forgery) { f.claims["nbf"] = now.Add(time.Minute).Unix() }) // its time has not come yet
	if _, err := signer.Verify(early); !errors.Is(err, ErrInvalid) {
		t.Errorf("before its time: %v", err)
	}
	now = now.Add(time.Minute)
	if _, err := signer.Verify(early); err != nil {
		t.Errorf("in its time: %v", err)
	}
}

func TestVerify_RemembersNoMoreThanTenThousandTokens(t *testing.T) {
	signer := NewAccess([]string{secret}, new(clock).now)
	claims := fresh()
	for range 25_000 {
		claims.TokenID = NewID()
		if _, err := signer.Verify(sign(t, signer, claims)); err != nil {
			t.Fatal(err)
		}
	}
	signer.seen.claims.CleanUp()
	if kept := signer.seen.claims.EstimatedSize(); kept < 5_000 || kept > 10_000 {
		t.Errorf("it remembers %d", kept)
	}
}
