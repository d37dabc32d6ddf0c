package browser

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"sallyport/tests/harness"
)

// inspected is what the app's inspector says of the requests, the oldest first:
// "current-user 401 → refresh-token 200 → again 200, sessions 200".
const inspected = `[...document.querySelectorAll("#log .title")].reverse().map(e => e.textContent).join(", ")`

// wantTokensHidden returns the tokens in the browser's cookies, after a look whether
// script can read them.
func wantTokensHidden(t *testing.T, page *harness.Page, url string) harness.Tokens {
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
	for _, secret := range []string{held.Access, held.Refresh, "eyJ", harness.Password} { // eyJ begins every JWT
		if strings.Contains(everything, secret) {
			t.Errorf("script can find %q", secret)
		}
	}
	return held
}

func TestApp_JourneyRenewsTheExpiredTokenSilently(t *testing.T) {
	t.Parallel()
	server, page := harness.SignedUpInApp(t)
	wantTokensHidden(t, page, server.PlainURL)

	server.Clock.Advance(16 * time.Minute)
	page.Await(inspected + `.endsWith("sessions 200")`)
	page.Click("#log-clear")
	page.Click("#devices-load")
	page.Await(inspected + ` === "sessions 401 → refresh-token 200 → again 200"`)
	page.AwaitText("#log .outcome", "renewed")
	page.AwaitText("#chain", "2 live")

	held := wantTokensHidden(t, page, server.PlainURL)
	page.Click("#logout")
	page.AwaitText("#status", "You are signed out")
	page.AwaitText("#login-form", "Sign in") // and not the tab for a new account
	if cookies := page.Cookies(server.PlainURL + harness.RefreshPath); len(cookies) != 0 {
		t.Errorf("after signing out the browser keeps %v", cookies)
	}
	if strings.Contains(page.Text(`document.querySelector("#account").innerHTML`), "ada@example.com") {
		t.Error("after signing out the hidden account still has the address")
	}
	server.API(t).WantEnded(held)
	page.WantNoConsoleErrors()
}

func TestApp_AsksOnceForAVisitorAndNeverRefreshes(t *testing.T) {
	t.Parallel()
	server, page := harness.Start(t), harness.Chromium(t)
	page.OpenApp(server)
	page.AwaitText("#register-form", "Full name") // the first tab
	if got := page.Text(inspected); got != "current-user 401" {
		t.Errorf("requests of a visitor: %s", got)
	}
	page.WantNoConsoleErrors()
}

func TestApp_ShowsTextAsText(t *testing.T) {
	t.Parallel()
	const markup = `<img src=x alt=y><b>Ada</b>`
	server, page := harness.Start(t), harness.Chromium(t)
	page.Register(server, markup, harness.Password)
	page.AwaitText("#account-name", markup)
	page.Click("#tab-answer")
	page.Click(`#log [aria-label*="POST register"]`)
	page.AwaitText("#inspect-got", "<b>Ada</b>")
	if made := page.Text(`String(document.querySelectorAll("img[alt=y], main b").length)`); made != "0" {
		t.Errorf("the name became %s elements", made)
	}
	page.WantNoConsoleErrors()
}

func TestApp_ShowsInRedWhyAPasswordIsRefusedAndNothingStale(t *testing.T) {
	t.Parallel()
	server, page := harness.Start(t), harness.Chromium(t)
	page.SetLook(harness.Look{Width: 1440, Height: 900})
	page.Register(server, "Ada Lovelace", "AdaLovelace1815")
	page.AwaitText("#register-password-error", "little more than your name")
	colour := page.Text(`getComputedStyle(document.querySelector("#register-password-error")).color`)
	if colour != "rgb(179, 38, 30)" {
		t.Errorf("the reason is %s, want red", colour)
	}
	if page.Text(`document.querySelector("#register-meter").dataset.refused`) != "true" {
		t.Error("the meter does not show the refusal")
	}
	page.Fill("#register-password", "x")
	page.Await(`document.querySelector("#register-meter").dataset.refused === "false"`) // nobody has judged this one
	page.AwaitText("#register-verdict", "1 characters")
	page.Fill("#register-password", harness.Password)
	page.Click("#register-form .primary")
	page.AwaitText("#account-username", "ada")
	page.Click("#logout")
	page.AwaitText("#status", "You are signed out")
	if good := page.Text(`getComputedStyle(document.querySelector("#status")).color`); good == colour {
		t.Errorf("success has the colour of errors, %s", good)
	}
	page.SignInAs("ada", harness.WrongPassword)
	page.AwaitText("#login-form .form-error", "")
	if stale := page.Text(`document.querySelector("#status").textContent`); stale != "" {
		t.Errorf("the next action leaves %q", stale)
	}
}

func TestApp_ReloadKeepsTheSession(t *testing.T) {
	t.Parallel()
	_, page := harness.SignedUpInApp(t)
	page.Do(chromedp.Reload())
	page.AwaitPage(`document.querySelector("#account-username")?.textContent === "ada"`)
	page.WantNoConsoleErrors()
}

func TestApp_ShowsTheReasonWhenTheSessionEndedElsewhere(t *testing.T) {
	t.Parallel()
	server, page := harness.SignedUpInApp(t)
	phone := server.SignIn(t, "ada")
	phone.Delete(harness.SessionsPath).Want(t, 200, "")
	page.Click("#devices-load")
	page.AwaitText("#status", "ended from another device")
	page.AwaitText("#login-form", "Sign in")
}

// The browser keeps the whole page for the button Back.
func TestApp_BackAfterSignOutShowsNoAccount(t *testing.T) {
	t.Parallel()
	server, page := harness.SignedUpInApp(t)
	page.Do(chromedp.Navigate(server.PlainURL + "/docs"))
	other := page.NewTab()
	other.OpenApp(server)
	other.AwaitText("#account-username", "ada")
	other.Click("#logout")
	other.AwaitText("#status", "You are signed out")
	page.Do(chromedp.NavigateBack())
	page.AwaitPage(`location.pathname === "/" && document.querySelector("#signed-out")?.hidden === false`)
	if seen := page.Text(`String(document.querySelector("#account").checkVisibility()) + document.body.innerText`); !strings.HasPrefix(seen, "false") || strings.Contains(seen, "ada@example.com") {
		t.Errorf("after going back the page shows %s", seen)
	}
}
