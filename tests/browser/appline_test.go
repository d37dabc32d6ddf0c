package browser

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"sallyport/tests/harness"
)

// demoPerson returns a page on which a person that the app invented has signed up:
// the app knows the password, so that a second device can sign in.
func demoPerson(t *testing.T, variables ...string) (*harness.Server, *harness.Page) {
	t.Helper()
	server, page := harness.Start(t, variables...), harness.Chromium(t)
	page.OpenApp(server)
	page.Click("#demo-person")
	page.Click("#register-form .primary")
	page.AwaitText("#account-email", "@example.com")
	page.Await(inspected + `.endsWith("sessions 200")`)
	page.Click("#log-clear")
	return server, page
}

func TestAppLine_ExpireNowShowsTheRenewal(t *testing.T) {
	t.Parallel()
	server, page := demoPerson(t)
	page.AwaitText("#access-left", ":")
	before := wantTokensHidden(t, page, server.PlainURL)
	page.Click("#expire")
	page.AwaitText("#line-form .form-note", "One refresh renewed both tokens")
	if got, want := page.Text(inspected), "current-user 401 → refresh-token 200 → again 200"; got != want {
		t.Errorf("requests: %s, want %s", got, want)
	}
	page.AwaitText("#log .outcome", "renewed")
	page.AwaitText("#chain", "2 live")
	if after := wantTokensHidden(t, page, server.PlainURL); after.Refresh == before.Refresh || after.Access == before.Access {
		t.Error("the tokens are the old ones")
	}
	if page.Text(`getComputedStyle(document.querySelector("#access-bar")).transform.split(", ")[4]`) > "0" {
		t.Error("the bar is not full again")
	}
	page.WantNoConsoleErrors()
}

func TestAppLine_TenRequestsAtOnceNeedOneRotation(t *testing.T) {
	t.Parallel()
	server, page := demoPerson(t)
	page.Click("#ten")
	page.AwaitText("#line-form .form-note", "1 rotation served all of them")
	if got, want := page.Text(inspected), "10 × current-user 401 → refresh-token 200 → 10 × again 200"; got != want {
		t.Errorf("requests: %s, want %s", got, want)
	}
	if n := strings.Count(server.Log.String(), `"/api/v1/auth/refresh-token"`); n != 1 {
		t.Errorf("the server got %d refreshes", n)
	}
	page.AwaitText("#chain", "2 live")
	page.WantNoConsoleErrors()
}

// The chain tells spent tokens from those in grace, and those that only an unused
// successor keeps.
func TestAppLine_TheChainFollowsTheProtocol(t *testing.T) {
	t.Parallel()
	_, page := demoPerson(t, "REFRESH_GRACE=1s")
	page.AwaitText("#chain", "1 live")
	page.Click("#refresh")
	page.AwaitText("#chain", "2 live")
	page.AwaitText("#chain li", "until 2 is used") // the grace is over; nobody has used the successor
	page.Click("#devices-load")
	page.AwaitText("#chain li", "spent")
	page.Click("#refresh")
	page.AwaitText("#chain", "3 live")
	page.AwaitText("#chain li", "spent")
}

func TestAppLine_ARefreshInAnotherTabCounts(t *testing.T) {
	t.Parallel()
	server, page := demoPerson(t)
	other := page.NewTab()
	other.OpenApp(server)
	other.AwaitText("#account-name", "")
	other.Click("#refresh")
	page.AwaitText("#chain", "2 live")
	if got := page.Text(inspected); strings.Contains(got, "refresh-token") {
		t.Errorf("this tab refreshed too: %s", got)
	}
}

func TestAppLine_ALostAnswerIsRetriedMuchLater(t *testing.T) {
	t.Parallel()
	server, page := demoPerson(t)
	page.Click("#lose")
	page.AwaitText("#lost-story", "threw the answer away")
	server.Clock.Advance(24 * time.Hour)
	page.Click("#lost-retry")
	page.AwaitText("#lost-story", "the very same successor")
	page.AwaitText("#line-form .form-note", "signed out again")
	page.WantNoConsoleErrors()
}

// Who has typed a password is asked for it: the page keeps none.
func TestAppLine_AsksForThePasswordInPlace(t *testing.T) {
	t.Parallel()
	_, page := harness.SignedUpInApp(t)
	page.Click("#lose")
	page.Fill("#proof-password", harness.WrongPassword)
	page.Click("#proof-form .primary")
	page.AwaitText("#proof-form .form-error", "")
	page.Click("#proof-cancel")
	page.Await(`!document.querySelector("#proof").open && document.querySelector("#lost").hidden`)
	page.Click("#lose")
	page.Fill("#proof-password", harness.Password)
	page.Click("#proof-form .primary")
	page.AwaitText("#lost-story", "threw the answer away")
	if kept := page.Text(`document.querySelector("#proof-password").value`); kept != "" {
		t.Errorf("the form keeps %q", kept)
	}
}

func TestAppLine_SaysInRedWhenTheServerIsAway(t *testing.T) {
	t.Parallel()
	_, page := demoPerson(t)
	page.Do(chromedp.Evaluate[chromedp.Void](`window.reach = fetch; fetch = async () => { throw new TypeError("no network") }; undefined`))
	page.Click("#refresh")
	page.AwaitText("#line-form .form-error", "could not be reached")
	page.Do(chromedp.Evaluate[chromedp.Void](`fetch = reach; undefined`))
	page.Click("#refresh")
	page.AwaitText("#line-form .form-note", "Both cookies were replaced")
	if stale := page.Text(`document.querySelector("#line-form .form-error").textContent`); stale != "" {
		t.Errorf("beside success it says %q", stale)
	}
}

func TestInspector_ShowsRequestAnswerAndCookiesWithoutSecrets(t *testing.T) {
	t.Parallel()
	_, page := harness.SignedUpInApp(t)
	page.Click(`#log [aria-label*="POST register"]`)
	page.AwaitText("#inspect-sent", `"password": "••••••••"`)
	page.AwaitText("#inspect-curl", `curl -b jar -c jar -X POST -H 'content-type: application/json' -d '{"fullName":"Ada Lovelace"`)
	page.Click("#tab-answer")
	page.AwaitText("#inspect-got", `"message": "User registered"`)
	page.Click("#tab-cookies")
	page.AwaitText("#cookies-carried", "no cookie")
	page.Await(`/accessToken=••••; Max-Age=\d{3}; Path=\/; HttpOnly; Secure; SameSite=Lax/.test(document.querySelector("#cookie-list").textContent)`)
	page.Await(`/refreshToken=••••; Max-Age=\d{6}; Path=\/api\/v1\/auth; HttpOnly; Secure; SameSite=Strict/.test(document.querySelector("#cookie-list").textContent)`)
	page.AwaitText("#sees", "nothing")

	page.Click("#expire")
	page.AwaitText("#line-form .form-note", "200")
	page.Click(`#log [aria-label*="POST refresh-token"]`)
	page.AwaitText("#cookies-carried", "accessToken and refreshToken")
	page.Click(`#log [aria-label^="401, GET current-user"]`)
	page.AwaitText("#cookies-carried", "left them out")
	page.Click("#log-clear")
	page.AwaitText("#log-empty", "No request yet")
	page.WantNoConsoleErrors()
}

func TestInspector_CopiesTheCommand(t *testing.T) {
	t.Parallel()
	_, page := demoPerson(t)
	page.Do(chromedp.Evaluate[chromedp.Void](`navigator.clipboard.writeText = async (text) => { window.copied = text }`))
	page.Click("#devices-load")
	page.Click("#curl-copy")
	page.AwaitText("#curl-note", "Copied")
	if got := page.Text("copied"); !strings.HasPrefix(got, "curl -b jar -c jar 'http://localhost:") || !strings.HasSuffix(got, "/api/v1/users/sessions'") {
		t.Errorf("copied %q", got)
	}
	page.Do(chromedp.Evaluate[chromedp.Void](`navigator.clipboard.writeText = async () => { throw new Error("denied") }`))
	page.Click("#curl-copy")
	page.AwaitText("#curl-note", "copy it with the keyboard")
	if got := page.Text("getSelection().toString().slice(0, 4)"); got != "curl" {
		t.Errorf("selected %q", got)
	}
}
