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

// register fills in the form of the page and sends it.
func register(page *harness.Page, url, fullName, password string) {
	page.Do(
		chromedp.Navigate(url+"/"),
		chromedp.WaitVisible(chromedp.CSS("#register-form")),
		chromedp.SendKeys(chromedp.CSS("#register-fullName"), fullName),
		chromedp.SendKeys(chromedp.CSS("#register-username"), "ada"),
		chromedp.SendKeys(chromedp.CSS("#register-email"), "ada@example.com"),
		chromedp.SendKeys(chromedp.CSS("#register-password"), password),
		chromedp.Click(chromedp.CSS("#register-form button[type=submit]")),
	)
}

// signedUp returns a server and a page on which Ada has just registered.
func signedUp(t *testing.T, variables ...string) (*harness.Server, *harness.Page) {
	t.Helper()
	server, page := harness.Start(t, variables...), harness.Chromium(t)
	register(page, server.PlainURL, "Ada Lovelace", harness.Password)
	page.Do(chromedp.WaitVisible(chromedp.CSS("#account")))
	page.Await(`document.querySelector("#account-username").textContent === "ada"`)
	return server, page
}

// tokensIn returns the tokens in the browser's cookies, after a look whether
// script can read them.
func tokensIn(t *testing.T, page *harness.Page, url string) harness.Tokens {
	t.Helper()
	cookies := page.Cookies(url + harness.RefreshPath)
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
	held := harness.Tokens{Access: cookies["accessToken"].Value, Refresh: cookies["refreshToken"].Value}
	if seen := page.Text("document.cookie"); seen != "" {
		t.Errorf("document.cookie is %q", seen)
	}
	everything := page.Text(`JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.documentElement.outerHTML`)
	for _, secret := range []string{held.Access, held.Refresh, "eyJ"} { // eyJ begins every JWT
		if strings.Contains(everything, secret) {
			t.Errorf("script can find %q", secret)
		}
	}
	return held
}

func wantNoConsoleErrors(t *testing.T, page *harness.Page) {
	t.Helper()
	for _, found := range page.ConsoleErrors() {
		t.Errorf("in the console: %s", found)
	}
}

func TestBrowser_JourneyRenewsTheExpiredTokenSilently(t *testing.T) {
	t.Parallel()
	server, page := signedUp(t)
	tokensIn(t, page, server.PlainURL)

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

	held := tokensIn(t, page, server.PlainURL)
	page.Do(
		chromedp.Click(chromedp.CSS("#logout")),
		chromedp.WaitVisible(chromedp.CSS("#signed-out")),
	)
	if cookies := page.Cookies(server.PlainURL + harness.RefreshPath); len(cookies) != 0 {
		t.Errorf("after signing out the browser keeps %v", cookies)
	}
	if kept := page.Text(`JSON.stringify(localStorage)`); kept != "{}" {
		t.Errorf("after signing out localStorage holds %s", kept)
	}
	server.API(t).WantEnded(held)
	wantNoConsoleErrors(t, page)
}

// The browser drops the access cookie by itself, so that the server sees no
// token rather than an expired one. Only here does real time pass.
func TestBrowser_RenewsAfterTheCookieVanished(t *testing.T) {
	t.Parallel()
	server, page := signedUp(t, "ACCESS_TOKEN_EXPIRY=1s")
	before := page.Cookies(server.PlainURL + harness.RefreshPath)["refreshToken"].Value

	page.Do(chromedp.Click(chromedp.CSS("#poll"))) // the page asks every 3 seconds
	page.Await(`(` + requests + `).includes("current-user 401 missing_token, refresh-token 200, current-user 200")`)
	if after := page.Cookies(server.PlainURL + harness.RefreshPath)["refreshToken"]; after == nil || after.Value == before {
		t.Error("the refresh token was not rotated")
	}
	if page.Text(`String(document.querySelector("#account").hidden)`) != "false" {
		t.Error("the page signed out")
	}
	wantNoConsoleErrors(t, page)
}

func TestBrowser_ShowsTextAsText(t *testing.T) {
	t.Parallel()
	const markup = `<img src=x alt=y><b>Ada</b>`
	server, page := harness.Start(t), harness.Chromium(t)
	register(page, server.PlainURL, markup, harness.Password)
	page.Await(`document.querySelector("#account-name").textContent === "` + markup + `"`)
	page.Await(`document.querySelector("#log").textContent.includes("<b>Ada</b>")`)
	if made := page.Text(`String(document.querySelectorAll("img[alt=y], main b").length)`); made != "0" {
		t.Errorf("the name became %s elements", made)
	}
	wantNoConsoleErrors(t, page)
}

func TestBrowser_ShowsWhyAPasswordIsRefused(t *testing.T) {
	t.Parallel()
	page := harness.Chromium(t)
	server := harness.Start(t)
	register(page, server.PlainURL, "Ada Lovelace", "AdaLovelace1815")
	page.Await(`document.querySelector("#register-password-error").textContent.includes("little more than your name")`)
}

func TestBrowser_ReloadKeepsTheSession(t *testing.T) {
	t.Parallel()
	_, page := signedUp(t)
	page.Do(chromedp.Reload(), chromedp.WaitVisible(chromedp.CSS("#account")))
	page.Await(`document.querySelector("#account-username").textContent === "ada"`)
	wantNoConsoleErrors(t, page)
}

func TestBrowser_DocsShowTheDescription(t *testing.T) {
	t.Parallel()
	page := harness.Chromium(t)
	server := harness.Start(t)
	page.Do(
		chromedp.Navigate(server.PlainURL+"/docs"),
		chromedp.WaitVisible(chromedp.CSS(".opblock")),
		chromedp.Click(chromedp.CSS("#operations-auth-login .opblock-summary-control")), // opening one draws the rest of Swagger UI
		chromedp.WaitVisible(chromedp.CSS(".opblock-body")),
	)
	page.Do(
		chromedp.Click(chromedp.CSS(".try-out__btn")),
		chromedp.WaitVisible(chromedp.CSS(".execute")),
	)
	wantNoConsoleErrors(t, page)
}
