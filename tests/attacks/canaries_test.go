package attacks

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"sallyport/tests/harness"
)

// canaries sends requests with secrets wherever there is a place for one, and
// keeps the answers.
type canaries struct {
	t        *testing.T
	secrets  []string
	answers  []string // status, headers and body, without the tokens that they bring
	statuses map[int]bool
	made     int // canaries
}

// plant adds secrets to look for, also as HTTP Basic would spell them.
func (a *canaries) plant(secrets ...string) {
	for _, secret := range secrets {
		a.secrets = append(a.secrets, secret, base64.RawStdEncoding.EncodeToString([]byte(secret)))
	}
}

// canary is a secret that is nowhere else: every one begins with "canary", which
// is planted.
func (a *canaries) canary() string {
	a.made++
	return fmt.Sprintf("canary-%d-Zq", a.made)
}

// request is one request of canaries.
type request struct {
	method, path, contentType, body string
	tokens                          harness.Tokens // as cookies, and in the query
	header                          []string       // names and values in turn
	inBody                          bool           // tokens come in the body
}

// send sends one request and returns the tokens it brought.
func (a *canaries) send(server *harness.Server, r request) harness.Tokens {
	a.t.Helper()
	cookies := r.tokens.Cookies() + "; other=" + a.canary()
	if r.tokens == (harness.Tokens{}) {
		cookies = harness.Tokens{Access: a.canary(), Refresh: a.canary()}.Cookies()
	}
	header := []string{"Content-Type", r.contentType, "Cookie", cookies}
	for _, name := range []string{"X-Api-Key", "X-Forwarded-User", "Proxy-Authorization", "Referer"} {
		header = append(header, name, a.canary())
	}
	path := r.path + "?accessToken=" + r.tokens.Access + "&password=" + a.canary()
	return a.keep(server.Ask(a.t, r.method, path, r.body, append(header, r.header...)...), r.inBody)
}

// keep keeps an answer, and the tokens that it brings as secrets.
func (a *canaries) keep(answer harness.Answer, inBody bool) (given harness.Tokens) {
	a.t.Helper()
	a.statuses[answer.Status] = true
	for _, cookie := range answer.Cookies() {
		switch cookie.Name {
		case "accessToken":
			given.Access = cookie.Value
		case "refreshToken":
			given.Refresh = cookie.Value
		}
	}
	answer.Header.Del("Set-Cookie")
	if inBody {
		given = answer.Tokens(a.t)
		answer.Raw = strings.NewReplacer(given.Access, "", given.Refresh, "").Replace(answer.Raw)
	}
	for _, token := range []string{given.Access, given.Refresh} {
		if token != "" {
			a.plant(harness.Signature(token))
		}
	}
	a.answers = append(a.answers, fmt.Sprint(answer.Status, answer.Header, "\n", answer.Raw))
	return given
}

// search fails for every secret that stands in what came out somewhere.
func (a *canaries) search(where, text string) {
	a.t.Helper()
	for _, secret := range a.secrets {
		if at := strings.Index(text, secret); at >= 0 {
			a.t.Errorf("%s: %s in …%q…", where, secret, text[max(0, at-120):min(len(text), at+120)])
		}
	}
}
