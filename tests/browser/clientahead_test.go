package browser

import (
	"testing"

	"sallyport/tests/harness"
)

// In the tests of this file real time passes: the access token lives for three
// seconds and is renewed after two.

const (
	shortLife = "ACCESS_TOKEN_EXPIRY=3s"
	// expired holds when the time has passed at which a page that is seen and used has renewed.
	expired = `Date.now() > client.times().access`
)

// usedByVisitor opens a page that has sent a request before anybody signed in.
func usedByVisitor(t *testing.T) (*harness.Page, *harness.Front) {
	t.Helper()
	_, front := withClient(t, shortLife)
	tab := harness.Chromium(t)
	openClient(tab, front, "")
	front.Exchanges()
	if got := do(tab, currentUser); got != "401" {
		t.Errorf("a visitor: %s", got)
	}
	if got := harness.Steps(front.Exchanges()); got != "current-user 401" {
		t.Errorf("a visitor who never signed in asks for: %s", got)
	}
	return tab, front
}

func TestClient_RenewsAPageThatIsSeenAndUsedAheadOfTime(t *testing.T) {
	t.Parallel()
	tab, front := usedByVisitor(t)
	signIn(t, tab, "ada")
	tab.Await(`events.includes("refreshed")`)
	if got := harness.Steps(front.Exchanges()); got != "login 200, refresh-token 200" {
		t.Errorf("requests: %s", got)
	}
}

func TestClient_RenewsNoPageThatNobodySeesUntilItIsShown(t *testing.T) {
	t.Parallel()
	tab, front := usedByVisitor(t)
	tab.Hide()
	tab.Await(`document.visibilityState === "hidden"`)
	signIn(t, tab, "ada")
	tab.Await(expired)
	if got := harness.Steps(front.Exchanges()); got != "login 200" {
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
	_, front := withClient(t, shortLife)
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
