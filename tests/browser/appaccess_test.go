package browser

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"sallyport/tests/harness"
)

// looks are the sizes of a phone, a tablet and a desk, in light and in dark.
var looks = []harness.Look{
	{Width: 360, Height: 740}, {Width: 768, Height: 1024}, {Width: 1440, Height: 900},
	{Width: 360, Height: 740, Dark: true}, {Width: 768, Height: 1024, Dark: true}, {Width: 1440, Height: 900, Dark: true},
}

// wantAccessible fails the test for what axe finds in the page, in every look, and
// where a person has to scroll sideways.
func wantAccessible(t *testing.T, page *harness.Page, state string) {
	t.Helper()
	wantAccessibleIn(t, page, looks, state)
}

func wantAccessibleIn(t *testing.T, page *harness.Page, looks []harness.Look, state string) {
	t.Helper()
	for _, look := range looks {
		page.SetLook(look)
		for _, found := range page.Axe() {
			t.Errorf("%s, %+v: %s", state, look, found)
		}
		if page.Text(`String(document.documentElement.scrollWidth > document.documentElement.clientWidth)`) == "true" {
			t.Errorf("%s, %+v: wider than the screen", state, look)
		}
	}
}

func TestAccess_AVisitorsPageHasNoFinding(t *testing.T) {
	t.Parallel()
	server, page := harness.Start(t), harness.Chromium(t)
	page.OpenApp(server)
	page.Click("#register-form .primary")
	page.AwaitText("#register-fullName-error", "is required")
	wantAccessible(t, page, "errors in the form for a new account")
	page.Click("#tab-login")
	page.Click("#forgot-open")
	wantAccessible(t, page, "forgotten password")
}

func TestAccess_AnAccountWithEveryPanelOpenHasNoFinding(t *testing.T) {
	t.Parallel()
	server, page := demoPerson(t)
	page.Click("#devices-add")
	page.Await(`document.querySelectorAll("#device-list li").length === 2`)
	page.Click("#devices-end")
	page.AwaitText("#device-list .gone", "ended")
	page.Click("#ten")
	page.AwaitText("#chain", "2 live")
	page.Click("#lose")
	page.AwaitText("#lost-story", "threw the answer away")
	steal(page, 1, 5)
	server.Clock.Advance(graceOver)
	page.Click("#theft-next")
	page.AwaitText("#theft-steps", "session_ended")
	page.Do(chromedp.Evaluate[chromedp.Void](`for (const panel of document.querySelectorAll("details")) panel.open = true`))
	page.Await(`document.querySelectorAll("#activity-list li").length > 1`)
	wantAccessible(t, page, "all panels open")
	for _, tab := range []string{"#tab-answer", "#tab-cookies"} {
		page.Click(tab)
		for _, found := range page.Axe() {
			t.Errorf("inspector, %s: %s", tab, found)
		}
	}
}

func TestAccess_ThePasswordDialogHasNoFinding(t *testing.T) {
	t.Parallel()
	_, page := harness.SignedUpInApp(t)
	page.Click("#lose")
	page.AwaitText("#proof-title", "Your password")
	wantAccessible(t, page, "dialog")
}

func TestAccess_ThePagesOfLinksHaveNoFinding(t *testing.T) {
	t.Parallel()
	server, page := harness.Start(t), harness.Chromium(t)
	for _, path := range []string{"/verify-email", "/reset-password", "/undo-email-change"} {
		page.Do(chromedp.Navigate("about:blank"), chromedp.Navigate(server.PlainURL+path+"#token=x"))
		page.AwaitText("#spend-button", "")
		wantAccessible(t, page, path)
		page.Do(chromedp.Navigate("about:blank"), chromedp.Navigate(server.PlainURL+path))
		page.AwaitText("#dead-title", "does not work")
		wantAccessible(t, page, path+" without a token")
	}
}

// A test of axe itself: it must be able to find something.
func TestAccess_AxeFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	server, page := harness.Start(t), harness.Chromium(t)
	page.OpenApp(server)
	page.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector('label[for="register-email"]').remove()`))
	if found := strings.Join(page.Axe(), "\n"); !strings.Contains(found, "label: ") {
		t.Errorf("an input without a label is not found: %q", found)
	}
}

func TestKeyboard_MovesBetweenTabsAndPutsFocusWhereTheStoryGoesOn(t *testing.T) {
	t.Parallel()
	server, page := harness.Start(t), harness.Chromium(t)
	focused := func(want string) {
		t.Helper()
		page.Await(fmt.Sprintf(`document.activeElement.id === %q`, want))
	}
	page.OpenApp(server)
	page.Click("#tab-request") // of the inspector: three tabs tell left from right
	for _, step := range []struct{ key, tab string }{
		{kb.ArrowRight, "tab-answer"}, {kb.ArrowRight, "tab-cookies"}, {kb.ArrowRight, "tab-request"}, {kb.ArrowLeft, "tab-cookies"},
		{kb.ArrowLeft, "tab-answer"}, {kb.Home, "tab-request"}, {kb.End, "tab-cookies"},
	} {
		page.Do(chromedp.KeyEvent(step.key))
		focused(step.tab)
		page.Await(fmt.Sprintf(`document.querySelector("#%s").ariaSelected === "true"`, step.tab))
	}
	page.Click("#tab-login")
	page.Do(chromedp.KeyEvent(kb.Tab))
	focused("login-identifier") // the tab that is not selected is passed over
	if outline := page.Text(`getComputedStyle(document.activeElement).outlineStyle`); outline != "solid" {
		t.Errorf("focus is shown by %q", outline)
	}
	page.Click("#tab-register")
	page.Click("#demo-person")
	page.Do(chromedp.KeyEvent(kb.Enter))
	focused("account-name")
	page.Click("#logout")
	focused("start-title")
}

func TestKeyboard_ShowsThePasswordOnRequest(t *testing.T) {
	t.Parallel()
	server, page := harness.Start(t), harness.Chromium(t)
	page.OpenApp(server)
	page.Fill("#register-password", "secret")
	kind := `document.querySelector("#register-password").type + " " + document.querySelector("#register-form .reveal").ariaPressed`
	for _, want := range []string{"text true", "password false"} {
		page.Click("#register-form .reveal")
		if got := page.Text(kind); got != want {
			t.Errorf("the field is %q, want %q", got, want)
		}
	}
}
