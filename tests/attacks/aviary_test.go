package attacks

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"sallyport/tests/harness"
)

// aviary sends requests that hold secrets wherever there is a place for one,
// and keeps what came back.
type aviary struct {
	t        *testing.T
	secrets  []string
	answers  []string // status, headers and body, without the tokens that are handed out
	statuses map[int]bool
}

// plant adds secrets to look for, also as HTTP Basic would spell them.
func (a *aviary) plant(secrets ...string) {
	for _, secret := range secrets {
		a.secrets = append(a.secrets, secret, base64.RawStdEncoding.EncodeToString([]byte(secret)))
	}
}

// canary is a secret that is nowhere else.
func (a *aviary) canary() string {
	secret := fmt.Sprintf("canary-%d-Zq", len(a.secrets))
	a.plant(secret)
	return secret
}

// request is one request of an aviary.
type request struct {
	method, path, contentType, body string
	tokens                          harness.Tokens // as cookies, and in the query
	header                          []string       // names and values in turn
	handsOut                        bool           // tokens come in the body
}

// send sends one request and returns the tokens it brought.
func (a *aviary) send(ask func(*http.Request) *http.Response, r request) harness.Tokens {
	a.t.Helper()
	sent, err := http.NewRequest(r.method, r.path+"?accessToken="+r.tokens.Access+"&password="+a.canary(), strings.NewReader(r.body))
	if err != nil {
		a.t.Fatal(err)
	}
	sent.Header.Set("Content-Type", r.contentType)
	for _, name := range []string{"X-Api-Key", "X-Forwarded-User", "Proxy-Authorization", "Referer"} {
		sent.Header.Set(name, a.canary())
	}
	sent.Header.Set("Cookie", "accessToken="+r.tokens.Access+"; refreshToken="+r.tokens.Refresh+"; other="+a.canary())
	if r.tokens == (harness.Tokens{}) {
		sent.Header.Set("Cookie", "accessToken="+a.canary()+"; refreshToken="+a.canary())
	}
	for i := 0; i+1 < len(r.header); i += 2 {
		sent.Header.Set(r.header[i], r.header[i+1])
	}
	return a.keep(ask(sent), r.handsOut)
}

// keep remembers an answer, and the tokens that it hands out as secrets.
func (a *aviary) keep(response *http.Response, handsOut bool) (given harness.Tokens) {
	a.t.Helper()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	a.statuses[response.StatusCode] = true
	for _, cookie := range response.Cookies() {
		switch cookie.Name {
		case "accessToken":
			given.Access = cookie.Value
		case "refreshToken":
			given.Refresh = cookie.Value
		}
	}
	response.Header.Del("Set-Cookie")
	text := string(body)
	if handsOut {
		response.Body = io.NopCloser(strings.NewReader(text))
		given = harness.Read(a.t, response).Tokens(a.t)
		text = strings.NewReplacer(given.Access, "", given.Refresh, "").Replace(text)
	}
	for _, token := range []string{given.Access, given.Refresh} {
		if dot := strings.LastIndexByte(token, '.'); dot > 0 {
			a.plant(token[dot+1:]) // the signature makes it a token
		}
	}
	a.answers = append(a.answers, fmt.Sprint(response.Status, response.Header, "\n", text))
	return given
}

// search fails for every secret that stands in what came out somewhere.
func (a *aviary) search(where, text string) {
	a.t.Helper()
	for _, secret := range a.secrets {
		if at := strings.Index(text, secret); at >= 0 {
			a.t.Errorf("%s: %s in …%q…", where, secret, text[max(0, at-120):min(len(text), at+120)])
		}
	}
}
