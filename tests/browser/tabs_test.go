package browser

import (
	"testing"

	"github.com/chromedp/chromedp"

	"sallyport/tests/harness"
)

func TestTabs_ShareTheCookiesOfTheirTestAlone(t *testing.T) {
	t.Parallel()
	server, page := harness.Start(t), harness.Chromium(t)
	page.Do(chromedp.Navigate(server.PlainURL + "/healthz"))
	page.Text(`document.cookie = "mine=1"; localStorage.mine = "1"`)
	for why, row := range map[string]struct {
		tab  *harness.Page
		want string
	}{
		"another tab":  {page.NewTab(), "mine=1 1"},
		"another test": {harness.Chromium(t), " undefined"},
	} {
		row.tab.Do(chromedp.Navigate(server.PlainURL + "/healthz"))
		if got := row.tab.Text(`document.cookie + " " + localStorage.mine`); got != row.want {
			t.Errorf("%s: %q, want %q", why, got, row.want)
		}
	}
}

func TestTabs_AreHiddenAndFrozenUntilTheyWake(t *testing.T) {
	t.Parallel()
	server, page := harness.Start(t), harness.Chromium(t)
	tab := page.NewTab()
	tab.Do(chromedp.Navigate(server.PlainURL + "/healthz"))
	tab.Text(`window.seen = ""
		for (const name of ["visibilitychange", "freeze", "resume"]) document.addEventListener(name, () => seen += name + " ")
		seen`)
	tab.Hide()
	tab.Await(`document.visibilityState === "hidden"`)
	tab.Show()
	tab.Await(`document.visibilityState === "visible"`)
	tab.Freeze()
	tab.Wake()
	tab.Await(`document.visibilityState === "visible"`)
	if got, want := tab.Text("seen"), "visibilitychange visibilitychange visibilitychange freeze resume visibilitychange "; got != want {
		t.Errorf("the page saw %q, want %q", got, want)
	}
	if page.Text("document.visibilityState") != "visible" {
		t.Error("the other tab was hidden too")
	}
}
