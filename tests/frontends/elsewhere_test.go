package frontends

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"sallyport/tests/harness"
)

// openElsewhere opens a page of the front as one of another site: 127.0.0.1 is not
// localhost.
func (s *site) openElsewhere(path string) {
	s.t.Helper()
	s.browser.Do(chromedp.Navigate(strings.Replace(s.front.URL, "localhost", "127.0.0.1", 1) + path))
}

func TestFrontends_FrameOfAnotherSiteSaysSo(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.front.Add("/framing", fmt.Appendf(nil, `<!doctype html><iframe src="%s/frame?password=%s"></iframe>
<script>addEventListener("message", ({ data }) => { document.title = data; });</script>`, s.front.URL, harness.Password))
	s.openElsewhere("/framing")
	s.browser.Await(`document.title !== ""`)
	if title := s.browser.Text("document.title"); title != "unsupported_context, signed in: false" {
		t.Errorf("the page in the frame says %q", title)
	}
	s.wantSteps("login 200, current-user 401, refresh-token 401")
}

// rendered is a site whose pages are rendered by a server of Node.
func rendered(t *testing.T) (s *site, address string) {
	t.Helper()
	s = start(t, "ACCESS_COOKIE_MAX_AGE=session")
	address = harness.NodeServer(t, filepathOf("rendering.cjs"), folder(t), s.front.URL)
	s.browser.Do(chromedp.Navigate(address + "/sign-in"))
	s.browser.Do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(
		`void fetch("/enter", { method: "POST", body: %q }).then((answer) => { document.title = answer.status; })`, harness.LoginBody("ada", harness.Password))))
	s.browser.Await(`document.title === "200"`)
	cookies := s.browser.Cookies(address + harness.RefreshPath)
	if len(cookies) != 2 || !cookies["refreshToken"].HTTPOnly || cookies["refreshToken"].Path != "/api/v1/auth" {
		t.Fatalf("the page's server did not pass on each cookie: %v", cookies)
	}
	s.front.Exchanges()
	return s, address
}

func TestFrontends_RenderedPageRenewsAndComesBack(t *testing.T) {
	t.Parallel()
	s, address := rendered(t)
	s.front.Add("/linking", fmt.Appendf(nil, `<!doctype html><a href="%s/account?tab=2">link</a>`, address))
	s.openElsewhere("/linking")
	s.server.Clock.Advance(pastExpiry)
	s.browser.Click("a")
	s.browser.AwaitPage(`document.title === "Ada Lovelace" && location.pathname + location.search === "/account?tab=2"`)
	s.wantSteps(renewed)
	s.wantNoConsoleErrors()
}

func TestFrontends_PrefetchRefreshesNothing(t *testing.T) {
	t.Parallel()
	s, address := rendered(t)
	s.browser.Do(chromedp.Navigate(address + "/sign-in"))
	s.server.Clock.Advance(pastExpiry)
	s.browser.Do(chromedp.Evaluate[chromedp.Void](`void document.head.append(Object.assign(document.createElement("link"),
		{ rel: "prefetch", href: "/account", onload: () => { document.title = "prefetched"; } }))`))
	s.browser.Await(`document.title === "prefetched"`)
	s.wantSteps("current-user 401")
}

func TestFrontends_RenewalNeverLeadsToAnotherSite(t *testing.T) {
	t.Parallel()
	s, address := rendered(t)
	for _, to := range []string{"https://elsewhere.example/", "//elsewhere.example", `/\elsewhere.example`, "javascript:alert(1)"} {
		s.browser.Do(chromedp.Navigate(address + "/renew?to=" + url.QueryEscape(to)))
		s.browser.AwaitPage(`document.title === "Ada Lovelace"`)
		if at := s.browser.Text("location.href"); at != address+"/" {
			t.Errorf("%s led to %s", to, at)
		}
	}
}

func TestFrontends_RenewalOfAnEndedSessionLeadsToSignIn(t *testing.T) {
	t.Parallel()
	s, address := rendered(t)
	s.server.SignIn(t, "ada").Delete(harness.SessionsPath+"?all=true").Want(t, http.StatusOK, "")
	s.browser.Do(chromedp.Navigate(address + "/renew?to=/account"))
	s.browser.AwaitPage(`location.pathname === "/sign-in"`)
}

func TestFrontends_RenderedPageIsKeptByNoCache(t *testing.T) {
	t.Parallel()
	dir, server := folder(t), harness.Start(t)
	address := harness.NodeServer(t, filepathOf("rendering.cjs"), dir, server.PlainURL)
	request, err := http.NewRequest(http.MethodGet, address+"/account", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if got := answer.Header.Get("Cache-Control"); got != "private, no-store" {
		t.Errorf("Cache-Control is %q", got)
	}
}
