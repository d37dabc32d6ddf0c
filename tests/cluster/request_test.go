package cluster

import (
	"net/http"
	"strings"
	"time"

	"sallyport/tests/harness"
)

// request is what a browser sends. guarded says that a limit of guesses counts it,
// so that it is refused while Redis is away; probe, that it asks one instance whether
// the balancer would or not, so that no browser would see it fail.
type request struct {
	method, path, body string
	cookies            string // of one that has no jar
	address            string // of the client, as the balancer forwards it
	guarded, probe     bool
}

// outcome is what came back, if anything did.
type outcome struct {
	harness.Answer
	request   request
	brought   string // the refresh token that was sent, "" for none
	err       error
	began, at time.Time
}

// unknown reports whether nobody knows what the request did.
func (o outcome) unknown() bool { return o.err != nil || o.Status >= 500 && !o.busy() }

// busy reports whether the request was refused because too many passwords wait to be
// hashed: that is the answer to a storm and no failure.
func (o outcome) busy() bool { return o.Code == "too_busy" }

// send sends the request to the instance at base and counts it.
func (w *world) send(client *http.Client, base string, r request) outcome {
	o := outcome{request: r, began: time.Now()}
	o.Answer, o.brought, o.err = try(client, base, r)
	o.at = time.Now()
	w.report.count(o)
	return o
}

func try(client *http.Client, base string, r request) (answer harness.Answer, brought string, err error) {
	request, err := http.NewRequest(r.method, base+r.path, strings.NewReader(r.body))
	if err != nil {
		return answer, "", err
	}
	if r.body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	if r.cookies != "" {
		request.Header.Set("Cookie", r.cookies)
	}
	request.Header.Set("X-Forwarded-For", r.address)
	response, err := client.Do(request)
	if err != nil {
		return answer, "", err
	}
	defer response.Body.Close()
	if cookie, err := response.Request.Cookie("refreshToken"); err == nil { // the client has added those of its jar
		brought = cookie.Value
	}
	answer, err = harness.TryRead(response)
	return answer, brought, err
}

// tokensIn returns the tokens that an answer sets, "" where it sets none.
func tokensIn(a harness.Answer) (access, refresh string) {
	for _, cookie := range a.Cookies() {
		switch cookie.Name {
		case "accessToken":
			access = cookie.Value
		case "refreshToken":
			refresh = cookie.Value
		}
	}
	return access, refresh
}

// claim reads what a token says of itself.
func (w *world) claim(token, name string) string {
	_, claims, err := harness.DecodeJWT(token)
	value, _ := claims[name].(string)
	if err != nil || value == "" {
		w.t.Errorf("no %s in the token %q: %v", name, token, err)
	}
	return value
}
