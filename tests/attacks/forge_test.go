package attacks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"hash"
	"maps"
	"strings"
	"testing"

	"sallyport/tests/harness"
)

// jws is a signed token made by hand, so that no library corrects it.
type jws struct {
	header, claims map[string]any
	sign           func(input string) []byte
}

// genuine reads a token the server issued, ready to be changed and signed
// again with the server's own secret.
func genuine(t *testing.T, raw, secret string) jws {
	t.Helper()
	header, claims, err := harness.DecodeJWT(raw)
	if err != nil {
		t.Fatal(err)
	}
	return jws{header, claims, hs(sha256.New, secret)}
}

// changed returns a copy with something changed.
func (j jws) changed(change func(*jws)) jws {
	j.header, j.claims = maps.Clone(j.header), maps.Clone(j.claims)
	change(&j)
	return j
}

func (j jws) String() string {
	header, err := json.Marshal(j.header)
	if err != nil {
		panic(err)
	}
	claims, err := json.Marshal(j.claims)
	if err != nil {
		panic(err)
	}
	input := b64(header) + "." + b64(claims)
	return input + "." + b64(j.sign(input))
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// hs signs with an HMAC: HS256 with sha256.New.
func hs(hash func() hash.Hash, secret string) func(string) []byte {
	return func(input string) []byte {
		mac := hmac.New(hash, []byte(secret))
		mac.Write([]byte(input))
		return mac.Sum(nil)
	}
}

// unsigned leaves the signature empty, zeros makes it of zeros.
func unsigned(string) []byte { return nil }

func zeros(n int) func(string) []byte {
	return func(string) []byte { return make([]byte, n) }
}

// kind is one of the two tokens: how it is signed and where it is presented.
type kind struct {
	name, secret string
	present      []func(t *testing.T, server *harness.Server, token string) harness.Answer
}

// kinds lists both tokens with every way to present them.
var kinds = []kind{
	{"accessToken", harness.AccessSecret, []func(*testing.T, *harness.Server, string) harness.Answer{
		func(t *testing.T, s *harness.Server, token string) harness.Answer {
			return s.Ask(t, "GET", harness.CurrentUserPath, "", "Authorization", "Bearer "+token)
		},
		func(t *testing.T, s *harness.Server, token string) harness.Answer {
			return s.Ask(t, "GET", harness.CurrentUserPath, "", "Cookie", "accessToken="+token)
		},
	}},
	{"refreshToken", harness.RefreshSecret, []func(*testing.T, *harness.Server, string) harness.Answer{
		func(t *testing.T, s *harness.Server, token string) harness.Answer {
			return s.Ask(t, "POST", harness.RefreshPath, "", "Cookie", "refreshToken="+token)
		},
		func(t *testing.T, s *harness.Server, token string) harness.Answer {
			return s.Ask(t, "POST", harness.RefreshPath, harness.RefreshBody(token), "Content-Type", "application/json")
		},
	}},
}

// wantRefused presents forged tokens, by what makes each one bad, in every way
// and fails unless all get one and the same 401 without a token in it.
func wantRefused(t *testing.T, server *harness.Server, k kind, code string, forged map[string]string) {
	t.Helper()
	for why, token := range forged {
		for _, present := range k.present {
			answer := present(t, server, token)
			if answer.Status != 401 || answer.Code != code {
				t.Errorf("%s with %s: %d %q, want 401 %q", k.name, why, answer.Status, answer.Code, code)
			}
			if same := sameBody(answer); same != refusals[code] {
				t.Errorf("%s with %s has a body of its own: %s", k.name, why, same)
			}
			if strings.Contains(answer.Raw+strings.Join(answer.Header.Values("Set-Cookie"), ""), "eyJ") {
				t.Errorf("%s with %s: the refusal contains a token: %s", k.name, why, answer.Raw)
			}
		}
	}
}

// refusals are the bodies of a 401 without its request id.
var refusals = map[string]string{
	"invalid_token": `{"statusCode":401,"success":false,"message":"invalid token","data":null,"code":"invalid_token","errors":[],"requestId":""}`,
	"token_expired": `{"statusCode":401,"success":false,"message":"jwt expired","data":null,"code":"token_expired","errors":[],"requestId":""}`,
	"session_ended": `{"statusCode":401,"success":false,"message":"session ended","data":null,"code":"session_ended","errors":[],"requestId":""}`,
}

// sameBody is the body without the request id, the only part that may differ.
func sameBody(a harness.Answer) string {
	return strings.Replace(a.Raw, a.Header.Get("X-Request-Id"), "", 1)
}
