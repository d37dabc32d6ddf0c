package browser

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"sallyport/tests/harness"
)

func TestAdminAccess_EveryPartHasNoFinding(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	page := administration(t, server)
	server.SignUp(t, "grace-with-a-long-name-of-them")
	openPart(page, server, "")
	awaitListed(page, "grace-with-a-long-name-of-them ada")
	wantAccessibleIn(t, page, extremes, "users")
	openUser(t, page, server, "grace-with-a-long-name-of-them")
	wantAccessibleIn(t, page, extremes, "one user")
	page.Click("#delete-button")
	page.Fill("#confirm-word", "x")
	page.Click("#confirm-yes")
	page.AwaitText("#confirm-word-error", "Type grace")
	wantAccessibleIn(t, page, extremes, "question")
	openPart(page, server, "#/events?user=x")
	page.AwaitText("#events-user-error", "must be")
	wantAccessibleIn(t, page, extremes, "events, with an error in a filter")
}

// extremes are the looks that differ most.
var extremes = []harness.Look{{Width: 360, Height: 740}, {Width: 1440, Height: 900, Dark: true}}

func TestAdminAccess_NeitherHasWhatIsShownInPlaceOfThem(t *testing.T) {
	t.Parallel()
	server, page := harness.Start(t), harness.Chromium(t)
	want := func(part, title string) {
		t.Helper()
		openPart(page, server, part)
		page.AwaitText(title, "")
		page.Await(fmt.Sprintf(`document.activeElement === document.querySelector(%q)`, title)) // a screen reader goes on there
		for _, look := range extremes {
			page.SetLook(look)
			for _, found := range page.Axe() {
				t.Errorf("%s, %+v: %s", title, look, found)
			}
		}
	}
	want("", "#signed-out-title")
	server.SignUp(t, "grace")
	page.OpenApp(server)
	page.SignInAs("grace", harness.Password)
	page.AwaitText("#account-username", "grace")
	want("#/events", "#forbidden-title")
	page.Do(chromedp.Navigate(server.PlainURL + "/"))
	page.Click("#logout")
	server.Administrator(t, "ada")
	page.SignInAs("ada", harness.Password)
	page.AwaitText("#account-username", "ada")
	want("#/users/nobody", "#missing-title")
	want("#/users?search=nobody", "#users-title")
	page.WantNoConsoleErrors()
	server.Store.Close()
	want("#/events", "#failed-title")
	page.AwaitText("#failed-request", "request ") // for the log
}

func TestAdminAccess_TheKeyboardReachesAndKeepsItsPlace(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	page := administration(t, server)
	server.SignUp(t, "grace")
	press := func(keys ...string) {
		for _, key := range keys {
			page.Do(chromedp.KeyEvent(key))
		}
	}
	openPart(page, server, "#/users?search=grace")
	page.Await(`document.activeElement.id === "users-title"`)
	page.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#skip").focus()`))
	press(kb.Enter)
	page.Await(`document.activeElement.id === "main" && location.hash === "#/users?search=grace"`)
	press(kb.Tab, kb.Tab, kb.Tab, kb.Tab, kb.Tab) // the filters
	page.Await(`document.activeElement.matches("#users-rows a")`)
	press(kb.Enter)
	page.Await(`document.activeElement.id === "user-title"`)
	press(kb.Tab)
	page.Await(`document.activeElement.id === "access-button"`)
	press(kb.Enter)
	page.Await(`document.activeElement.id === "confirm-no"`) // what harms nobody
	press(kb.Escape)
	page.Await(`document.activeElement.id === "access-button"`)
	page.WantNoConsoleErrors()
}
