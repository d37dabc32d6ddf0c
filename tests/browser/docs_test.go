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
	wantAccessible(t, page, "closed")
	for _, look := range looks {
		page.SetLook(look)
		if seen := page.Text(`String(document.querySelector("h1").getBoundingClientRect().top >= 0 && document.querySelector(".opblock").getBoundingClientRect().bottom <= innerHeight)`); seen != "true" {
			t.Errorf("%+v: the heading and the first endpoint are not seen without scrolling", look)
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

func TestDocs_SendARequestAndShowItsAnswer(t *testing.T) {
	t.Parallel()
	server, page := harness.Start(t), harness.Chromium(t)
	page.Do(chromedp.Navigate(server.PlainURL + "/docs#/operations/readyz"))
	page.Click("#operations-operations-readyz .try-out__btn")
	page.Click("#operations-operations-readyz .execute")
	page.AwaitText("#operations-operations-readyz .live-responses-table", "200")
}
