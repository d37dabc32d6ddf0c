package browser

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"sallyport/tests/harness"
)

// databases is what the page has in IndexedDB: their names.
const databases = `indexedDB.databases().then(all => all.map(d => d.name).join())`

func TestClient_NoScriptSeesATokenAfterSignInAndRenewal(t *testing.T) {
	t.Parallel()
	server, front := withClient(t)
	tab := harness.Chromium(t)
	openClient(tab, front, "")
	tab.Text(`const sent = window.fetch; window.bodies = ""; window.fetch = async (...request) => {
			const answer = await sent(...request)
			bodies += await answer.clone().text() + JSON.stringify([...answer.headers])
			return answer
		}; ""`)
	signIn(t, tab, "ada")
	signedIn := wantTokensHidden(t, tab, front.URL)
	server.Clock.Advance(16 * time.Minute)
	if got := do(tab, currentUser); got != "200" {
		t.Errorf("after the expiry: %s", got)
	}
	renewed := wantTokensHidden(t, tab, front.URL)
	if renewed.Access == signedIn.Access || renewed.Refresh == signedIn.Refresh {
		t.Error("the renewal left a cookie as it was")
	}
	bodies := tab.Text("bodies")
	for _, want := range []string{"accessTokenExpiresIn", "Token refreshed"} {
		if !strings.Contains(bodies, want) {
			t.Errorf("the page did not see the answer with %q", want)
		}
	}
	if strings.Contains(bodies, "eyJ") { // begins every JWT
		t.Error("an answer shows a token to script")
	}
	if got := do(tab, databases); got != "" {
		t.Errorf("IndexedDB has %s", got)
	}
	if got := tab.Text(`Object.keys(localStorage).join() + " " + localStorage.sallyport`); !strings.HasPrefix(got, "sallyport {") || strings.Contains(strings.ToLower(got), "ada") {
		t.Errorf("localStorage has %s", got)
	}
}

func TestClient_SaysThatTheBrowserKeepsNoCookies(t *testing.T) {
	t.Parallel()
	_, front := withClient(t)
	tab := harness.Chromium(t)
	tab.Do(chromedp.Navigate(strings.Replace(front.URL, "localhost", "127.0.0.1", 1) + "/?api=" + front.URL)) // another site than the API's
	tab.AwaitPage("window.ready")
	signIn(t, tab, "ada")
	front.Exchanges()
	if got := do(tab, currentUser); got != "cookies_blocked" {
		t.Errorf("the request: %s", got)
	}
	if got := do(tab, currentUser); got != "401" { // no second try
		t.Errorf("the next request: %s", got)
	}
	if got, want := harness.Steps(front.Exchanges()), "current-user 401, refresh-token 401, current-user 401"; got != want {
		t.Errorf("requests: %s", got)
	}
	if got := tab.Text(events); got != "signedIn, signedOut cookies_blocked" {
		t.Errorf("events: %s", got)
	}
}
