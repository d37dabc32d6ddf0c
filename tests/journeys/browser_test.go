package journeys

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"sallyport/tests/harness"
)

// requests is the page's log, the oldest first: "current-user 401 token_expired …".
const requests = `[...document.querySelectorAll("#log > li")].reverse().map(e =>
	e.dataset.path.split("/").pop() + " " + e.dataset.status + " " + e.querySelector(".code").textContent).join(", ").replaceAll(" ,", ",").trim()`

func signUp(page *harness.Page, url string) {
	page.Do(
		chromedp.Navigate(url+"/"),
		chromedp.WaitVisible(chromedp.CSS("#register-form")),
		chromedp.SendKeys(chromedp.CSS("#register-fullName"), "Ada Lovelace"),
		chromedp.SendKeys(chromedp.CSS("#register-username"), "ada"),
		chromedp.SendKeys(chromedp.CSS("#register-email"), "ada@example.com"),
		chromedp.SendKeys(chromedp.CSS("#register-password"), "engine-no-1-plan"),
		chromedp.Click(chromedp.CSS("#register-form button[type=submit]")),
		chromedp.WaitVisible(chromedp.CSS("#account")),
	)
	page.Await(`document.querySelector("#account-username").textContent === "ada"`)
}

// tokens returns both cookies' values after checking that script cannot read them.
func tokens(t *testing.T, page *harness.Page, url string) (access, refresh string) {
	t.Helper()
	cookies := page.Cookies(url + "/api/v1/auth/refresh-token")
	for name, want := range map[string]struct {
		path     string
		sameSite network.CookieSameSite
	}{
		"accessToken":  {"/", network.CookieSameSiteLax},
		"refreshToken": {"/api/v1/auth", network.CookieSameSiteStrict},
	} {
		c := cookies[name]
		if c == nil || c.Value == "" {
			t.Fatalf("the browser has no cookie %s", name)
		}
		if !c.HTTPOnly || !c.Secure || c.Path != want.path || c.SameSite != want.sameSite {
			t.Errorf("cookie %s: HttpOnly %v, Secure %v, Path %s, SameSite %s", name, c.HTTPOnly, c.Secure, c.Path, c.SameSite)
		}
	}
	access, refresh = cookies["accessToken"].Value, cookies["refreshToken"].Value
	if seen := page.Text("document.cookie"); seen != "" {
		t.Errorf("document.cookie is %q", seen)
	}
	everything := page.Text(`JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.documentElement.outerHTML`)
	for _, secret := range []string{access, refresh, "eyJ"} { // eyJ begins every JWT
		if strings.Contains(everything, secret) {
			t.Errorf("script can find %q", secret)
		}
	}
	return access, refresh
}

func wantNoComplaints(t *testing.T, page *harness.Page) {
	t.Helper()
	for _, complaint := range page.Complaints() {
		t.Errorf("the browser complains: %s", complaint)
	}
}

func TestBrowser_JourneyRenewsTheExpiredTokenSilently(t *testing.T) {
	page := harness.Chromium(t)
	server := harness.Start(t)
	signUp(page, server.PlainURL)
	tokens(t, page, server.PlainURL)

	server.Clock.Advance(16 * time.Minute)
	page.Do(
		chromedp.Click(chromedp.CSS("#log-clear")),
		chromedp.Click(chromedp.CSS("#load-account")),
	)
	page.Await(`(` + requests + `).endsWith("current-user 200")`)
	want := "current-user 401 token_expired, refresh-token 200, current-user 200"
	if got := page.Text(requests); got != want {
		t.Errorf("requests: %s\n    want: %s", got, want)
	}
	if page.Text(`document.querySelector("#account").hidden + " " + document.querySelector("#renewed").textContent`) != "false 1" {
		t.Error("the page no longer shows the account, or did not count one renewal")
	}

	access, refresh := tokens(t, page, server.PlainURL)
	page.Do(
		chromedp.Click(chromedp.CSS("#logout")),
		chromedp.WaitVisible(chromedp.CSS("#signed-out")),
	)
	if cookies := page.Cookies(server.PlainURL + "/api/v1/auth/refresh-token"); len(cookies) != 0 {
		t.Errorf("after signing out the browser keeps %v", cookies)
	}
	if kept := page.Text(`JSON.stringify(localStorage)`); kept != "{}" {
		t.Errorf("after signing out localStorage holds %s", kept)
	}
	wantDead(t, server, access, refresh, "session_ended")
	wantNoComplaints(t, page)
}

// The browser drops the access cookie by itself, so that the server sees no
// token rather than an expired one. Only here does real time pass.
func TestBrowser_RenewsAfterTheCookieVanished(t *testing.T) {
	page := harness.Chromium(t)
	server := harness.Start(t, "ACCESS_TOKEN_EXPIRY=1s")
	signUp(page, server.PlainURL)
	before := page.Cookies(server.PlainURL + "/api/v1/auth/refresh-token")["refreshToken"].Value

	page.Do(chromedp.Click(chromedp.CSS("#poll"))) // the page asks every 3 seconds
	page.Await(`(` + requests + `).includes("current-user 401 missing_token, refresh-token 200, current-user 200")`)
	if after := page.Cookies(server.PlainURL + "/api/v1/auth/refresh-token")["refreshToken"]; after == nil || after.Value == before {
		t.Error("the refresh token was not rotated")
	}
	if page.Text(`String(document.querySelector("#account").hidden)`) != "false" {
		t.Error("the page signed out")
	}
	wantNoComplaints(t, page)
}

func TestBrowser_ShowsWhyAPasswordIsRefused(t *testing.T) {
	page := harness.Chromium(t)
	server := harness.Start(t)
	page.Do(
		chromedp.Navigate(server.PlainURL+"/"),
		chromedp.WaitVisible(chromedp.CSS("#register-form")),
		chromedp.SendKeys(chromedp.CSS("#register-fullName"), "Ada Lovelace"),
		chromedp.SendKeys(chromedp.CSS("#register-username"), "ada"),
		chromedp.SendKeys(chromedp.CSS("#register-email"), "ada@example.com"),
		chromedp.SendKeys(chromedp.CSS("#register-password"), "AdaLovelace1815"),
		chromedp.Click(chromedp.CSS("#register-form button[type=submit]")),
	)
	page.Await(`document.querySelector("#register-password-error").textContent.includes("little more than your name")`)
}

func TestBrowser_ReloadKeepsTheSession(t *testing.T) {
	page := harness.Chromium(t)
	server := harness.Start(t)
	signUp(page, server.PlainURL)
	page.Do(chromedp.Reload(), chromedp.WaitVisible(chromedp.CSS("#account")))
	page.Await(`document.querySelector("#account-username").textContent === "ada"`)
	wantNoComplaints(t, page)
}

func TestBrowser_DocsShowTheDescription(t *testing.T) {
	page := harness.Chromium(t)
	server := harness.Start(t)
	page.Do(
		chromedp.Navigate(server.PlainURL+"/docs"),
		chromedp.WaitVisible(chromedp.CSS(".opblock")),
		chromedp.Click(chromedp.CSS(".opblock-summary-control")), // opening one draws the rest of Swagger UI
		chromedp.WaitVisible(chromedp.CSS(".opblock-body")),
	)
	page.Do(
		chromedp.Click(chromedp.CSS(".try-out__btn")),
		chromedp.WaitVisible(chromedp.CSS(".execute")),
	)
	wantNoComplaints(t, page)
}
