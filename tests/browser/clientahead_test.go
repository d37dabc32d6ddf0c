package browser

import (
	"testing"

	"sallyport/tests/harness"
)

// In the tests of this file real time passes: the access token lives for three
// seconds and is renewed after two.

func TestClient_RenewsAPageThatIsSeenAndUsedAheadOfTime(t *testing.T) {
	t.Parallel()
	_, front := withClient(t, "ACCESS_TOKEN_EXPIRY=3s")
	tab := harness.Chromium(t)
	openClient(tab, front, "")
	front.Exchanges()
	if got := do(tab, currentUser); got != "401" {
		t.Errorf("a visitor: %s", got)
	}
	if got := harness.Steps(front.Exchanges()); got != "current-user 401" {
		t.Errorf("a visitor who never signed in asks for: %s", got)
	}
	signIn(t, tab, "ada")
	if got := do(tab, currentUser); got != "200" {
		t.Errorf("signed in: %s", got)
	}
	tab.Await(`events.includes("refreshed")`)
	if got := harness.Steps(front.Exchanges()); got != "login 200, current-user 200, refresh-token 200" {
		t.Errorf("requests: %s", got)
	}
}

// expired holds when the time has come at which a page that is seen and used has renewed.
const expired = `Date.now() > client.times().access`

func TestClient_RenewsNoPageThatNobodySeesUntilItIsShown(t *testing.T) {
	t.Parallel()
	_, front := withClient(t, "ACCESS_TOKEN_EXPIRY=3s")
	tab := harness.Chromium(t)
	openClient(tab, front, "")
	tab.Hide()
	tab.Await(`document.visibilityState === "hidden"`)
	front.Exchanges()
	signIn(t, tab, "ada")
	if got := do(tab, currentUser); got != "200" {
		t.Errorf("signed in: %s", got)
	}
	tab.Await(expired)
	if got := harness.Steps(front.Exchanges()); got != "login 200, current-user 200" {
		t.Errorf("requests while it is hidden: %s", got)
	}
	tab.Show()
	tab.Await(`events.includes("refreshed")`)
	if got := harness.Steps(front.Exchanges()); got != "refresh-token 200" {
		t.Errorf("requests when it is shown: %s", got)
	}
}

func TestClient_RenewsNoPageThatNobodyUses(t *testing.T) {
	t.Parallel()
	_, front := withClient(t, "ACCESS_TOKEN_EXPIRY=3s")
	tab := harness.Chromium(t)
	openClient(tab, front, "")
	front.Exchanges()
	signIn(t, tab, "ada")
	tab.Await(expired)
	if got := harness.Steps(front.Exchanges()); got != "login 200" {
		t.Errorf("requests of an open tab: %s", got)
	}
	if got := do(tab, currentUser); got != "200" {
		t.Errorf("used again: %s", got)
	}
}
