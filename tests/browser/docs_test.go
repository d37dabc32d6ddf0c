package browser

import (
	"testing"

	"github.com/chromedp/chromedp"

	"sallyport/tests/harness"
)

func TestDocs_AreReadableForEverybody(t *testing.T) {
	t.Parallel()
	server, page := harness.Start(t), harness.Chromium(t)
	page.Do(chromedp.Navigate(server.PlainURL+"/docs"), chromedp.WaitVisible(chromedp.CSS(".opblock")))
	for _, width := range []int64{360, 768, 1440} {
		for _, dark := range []bool{false, true} {
			page.SetLook(harness.Look{Width: width, Height: 800, Dark: dark})
			wantAccessible(t, page, "closed")
			if sideways := page.Text(`String(document.documentElement.scrollWidth - document.documentElement.clientWidth)`); sideways != "0" {
				t.Errorf("%d px wide, it scrolls sideways by %s px", width, sideways)
			}
			if seen := page.Text(`String(document.querySelector("h1").getBoundingClientRect().top >= 0 && document.querySelector(".opblock").getBoundingClientRect().bottom <= innerHeight)`); seen != "true" {
				t.Errorf("%d px wide, the heading and the first endpoint are not seen without scrolling", width)
			}
		}
	}
	page.Click(".introduction summary")
	page.Click("#operations-auth-login .opblock-summary-control")
	page.Click(".try-out__btn")
	page.Do(chromedp.WaitVisible(chromedp.CSS(".execute")))
	wantAccessible(t, page, "an endpoint that is tried out")
	for _, found := range page.ConsoleErrors() { // a script or a style that the policy forbids
		t.Errorf("in the console: %s", found)
	}
}

func wantAccessible(t *testing.T, page *harness.Page, state string) {
	t.Helper()
	for _, finding := range page.Axe() {
		t.Errorf("%s: %s", state, finding)
	}
}

func TestDocs_SendARequestAndShowItsAnswer(t *testing.T) {
	t.Parallel()
	server, page := harness.Start(t), harness.Chromium(t)
	page.Do(chromedp.Navigate(server.PlainURL + "/docs#/operations/readyz"))
	page.Click("#operations-operations-readyz .try-out__btn")
	page.Click("#operations-operations-readyz .execute")
	page.AwaitText("#operations-operations-readyz .live-responses-table", "200")
}
