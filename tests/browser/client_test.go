package browser

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"sallyport/tests/harness"
)

// clientPage makes a client and notes its events.
const clientPage = `<!doctype html><title>client</title><link rel="icon" href="data:,"><script type="module">
import { createClient } from "/client.js"
const options = new URLSearchParams(location.search)
for (const name of options.getAll("without")) {
	if (name === "locks") Object.defineProperty(navigator, "locks", { value: undefined })
	if (name === "channel") delete window.BroadcastChannel
	if (name === "storage") {
		const add = window.addEventListener
		window.addEventListener = (type, ...rest) => type === "storage" || add.call(window, type, ...rest)
	}
}
window.client = createClient({ baseUrl: options.get("api") ?? "", timeout: Number(options.get("timeout") ?? 10000) })
window.events = []
for (const type of ["signedIn", "refreshed", "signedOut"])
	client.on(type, ({ reason, elsewhere }) => events.push([type, reason, elsewhere && "elsewhere"].filter(Boolean).join(" ")))
window.ready = true
</script>`

// withClient serves the page of a client before a server on which Ada has an account.
func withClient(t *testing.T, variables ...string) (*harness.Server, *harness.Front) {
	t.Helper()
	server := harness.Start(t, variables...)
	server.SignUp(t, "ada")
	front := server.Front(t)
	front.Add("/", []byte(clientPage))
	return server, front
}

// openClient opens the page in the tab.
func openClient(tab *harness.Page, front *harness.Front, query string) {
	tab.Do(chromedp.Navigate(front.URL + "/?" + query))
	tab.AwaitPage("window.ready")
}

// start begins the work of a tab, which is what a JavaScript expression promises.
func start(tab *harness.Page, expression string) {
	tab.Text(`delete window.result; (async () => String(await (` + expression + `)))().then(r => result = r, e => result = e.code ?? String(e)); ""`)
}

// end waits for what [start] began, and returns the outcome or the code of the error.
func end(tab *harness.Page) string {
	tab.Await(`"result" in window`)
	return tab.Text("result")
}

func do(tab *harness.Page, expression string) string {
	start(tab, expression)
	return end(tab)
}

func signIn(t *testing.T, tab *harness.Page, name string) {
	t.Helper()
	if got := do(tab, fmt.Sprintf(`client.api.login({username: %q, password: %q}).then(a => a.statusCode)`, name, harness.Password)); got != "200" {
		t.Fatalf("sign-in: %s", got)
	}
}

const (
	events      = `events.splice(0).join(", ")`
	currentUser = `client.fetch("/api/v1/users/current-user").then(a => a.status)`
)

func TestClient_FiveTabsWhoseTokenExpiredRotateOnce(t *testing.T) {
	t.Parallel()
	// Chromium sends one GET of a URL at a time, also from several tabs: its cache waits for the answer.
	const two = `Promise.all([1, 2].map(() => client.fetch("/api/v1/users/current-user?" + Math.random()).then(a => a.status)))`
	for _, tt := range []struct {
		why, query string
		holdToo    int // answers of refreshes that wait for each other
		refreshes  int
	}{
		{"Web Locks: one tab refreshes, the others see its stamp", "", 0, 1},
		{"without: five refreshes at the same time have one successor", "without=locks", 5, 5},
	} {
		t.Run(tt.why, func(t *testing.T) {
			t.Parallel()
			server := harness.Start(t)
			server.SignUp(t, "ada")
			front := server.FrontTLS(t) // more than six requests at a time
			front.Add("/", []byte(clientPage))
			tabs := []*harness.Page{harness.Chromium(t)}
			for len(tabs) < 5 {
				tabs = append(tabs, tabs[0].NewTab())
			}
			for i, tab := range tabs {
				tab.IgnoreCertificates()
				openClient(tab, front, tt.query)
				if i == 0 {
					signIn(t, tab, "ada")
				}
			}
			server.Clock.Advance(16 * time.Minute)
			front.Exchanges()
			front.Hold(harness.CurrentUserPath, 2*len(tabs)) // all are on the way before one is answered
			if tt.holdToo > 0 {
				front.Hold(harness.RefreshPath, tt.holdToo)
			}
			for _, tab := range tabs {
				start(tab, two)
			}
			for i, tab := range tabs {
				if got := end(tab); got != "200,200" {
					t.Errorf("tab %d: %s", i, got)
				}
			}
			seen := front.Exchanges()
			refused, refreshed := harness.Count(seen, harness.CurrentUserPath, 401), harness.Count(seen, harness.RefreshPath, 200)
			if refused != 2*len(tabs) || refreshed != tt.refreshes || harness.Rotations(seen) != 1 {
				t.Errorf("%d requests were refused, %d refreshes, %d rotations: %s", refused, refreshed, harness.Rotations(seen), harness.Steps(seen))
			}
		})
	}
}

func TestClient_ATabThatSleptPastTheGraceGoesOn(t *testing.T) {
	t.Parallel()
	server, front := withClient(t)
	tab := harness.Chromium(t)
	asleep := tab.NewTab()
	openClient(tab, front, "")
	signIn(t, tab, "ada")
	openClient(asleep, front, "without=channel&without=storage") // the news of a tab that sleeps are lost
	asleep.Freeze()
	for range 2 {
		server.Clock.Advance(16 * time.Minute) // far beyond the grace
		if got := do(tab, currentUser); got != "200" {
			t.Fatalf("the tab that is awake: %s", got)
		}
	}
	server.Clock.Advance(16 * time.Minute)
	front.Exchanges()
	asleep.Wake()
	if got := do(asleep, currentUser); got != "200" {
		t.Errorf("after it woke: %s", got)
	}
	if got, want := harness.Steps(front.Exchanges()), "current-user 401, refresh-token 200, current-user 200"; got != want {
		t.Errorf("its requests: %s", got)
	}
}

func TestClient_ATabThatNeverLetsGoOfTheLockIsNotWaitedForForEver(t *testing.T) {
	t.Parallel()
	server, front := withClient(t)
	tab := harness.Chromium(t)
	openClient(tab, front, "timeout=1000")
	signIn(t, tab, "ada")
	holder := tab.NewTab()
	openClient(holder, front, "")
	holder.Text(`navigator.locks.request("sallyport", () => { window.held = true; return new Promise(() => {}) }); ""`)
	holder.Await("window.held")
	server.Clock.Advance(16 * time.Minute)
	if got := do(tab, currentUser); got != "200" {
		t.Errorf("beside a lock that is never free: %s", got)
	}
}

func TestClient_SignOutIsSeenInTheOtherTabs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why, query string
		looks      bool // it learns of it when somebody looks at it
	}{
		{"by BroadcastChannel", "without=storage", false},
		{"by events of storage", "without=channel", false},
		{"by neither: when it is seen again", "without=channel&without=storage", true},
	} {
		t.Run(tt.why, func(t *testing.T) {
			t.Parallel()
			_, front := withClient(t)
			tab := harness.Chromium(t)
			other := tab.NewTab()
			openClient(tab, front, "")
			signIn(t, tab, "ada")
			openClient(other, front, tt.query)
			if tt.looks {
				other.Hide()
				other.Await(`document.visibilityState === "hidden"`)
			}
			if got := do(tab, `client.api.logout().then(a => a.statusCode)`); got != "200" {
				t.Fatalf("sign-out: %s", got)
			}
			if tt.looks {
				other.Await(`localStorage.sallyport.includes("signed_out")`) // Chromium passes on what tabs store a little later
				other.Show()
			}
			other.Await("events.length > 0")
			if got := other.Text(events); got != "signedOut signed_out elsewhere" {
				t.Errorf("the other tab's events: %s", got)
			}
			if got := tab.Text(events); got != "signedIn, signedOut signed_out" {
				t.Errorf("the own events: %s", got)
			}
			front.Exchanges()
			if got := do(other, currentUser); got != "401" {
				t.Errorf("the other tab's next request: %s", got)
			}
			if got := harness.Steps(front.Exchanges()); got != "current-user 401" {
				t.Errorf("it asked more: %s", got)
			}
		})
	}
}

func TestClient_ARequestIsNotRepeatedInTheNameOfTheNextPerson(t *testing.T) {
	t.Parallel()
	const update = `client.api.updateAccount({fullName: "Name of Ada"}).then(a => a.statusCode)`
	server, front := withClient(t)
	server.SignUp(t, "grace")
	tab := harness.Chromium(t)
	openClient(tab, front, "")
	signIn(t, tab, "ada")
	other := tab.NewTab()
	openClient(other, front, "")
	server.Clock.Advance(16 * time.Minute)

	front.Exchanges()
	front.Hold("/api/v1/users/update-account", 2) // Ada's refusal waits until Grace has signed in
	start(tab, update)
	for tries := 0; harness.Count(front.Peek(), "/api/v1/users/update-account", 401) == 0; tries++ {
		tab.Await("true") // a round trip to the browser
		if tries > 10_000 {
			t.Fatal("Ada's request did not arrive")
		}
	}
	signIn(t, other, "grace")
	if got := do(other, strings.Replace(update, "Name of Ada", "Name of Grace", 1)); got != "200" {
		t.Errorf("Grace's change: %s", got)
	}
	if got := end(tab); got != "token_expired" {
		t.Errorf("Ada's change: %s", got)
	}
	if got, want := harness.Steps(front.Exchanges()), "update-account 401, login 200, update-account 200"; got != want {
		t.Errorf("requests: %s\n    want: %s", got, want)
	}
	tab.Await("events.length > 1")
	if got := tab.Text(events); got != "signedIn, signedIn elsewhere" {
		t.Errorf("the first tab's events: %s", got)
	}
}
