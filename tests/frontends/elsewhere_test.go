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

func TestFrontends_ServerThatRendersSendsTheBrowserToRenew(t *testing.T) {
	t.Parallel()
	s, address := rendered(t)
	visit := func(why string, check func(s *site)) {
		t.Run(why, func(t *testing.T) {
			s.server.Clock.Advance(pastExpiry)
			s.front.Exchanges()
			check(&site{t, s.server, s.front, s.browser})
		})
	}
	visit("it comes back after a link from another site", func(s *site) {
		s.front.Add("/linking", fmt.Appendf(nil, `<!doctype html><a href="%s/account?tab=2">link</a>`, address))
		s.openElsewhere("/linking")
		s.browser.Click("a")
		s.browser.AwaitPage(`document.title === "Ada Lovelace" && location.pathname + location.search === "/account?tab=2"`)
		s.wantSteps(renewed)
	})
	visit("a prefetch refreshes nothing", func(s *site) {
		s.browser.Do(chromedp.Navigate(address + "/sign-in"))
		s.browser.Do(chromedp.Evaluate[chromedp.Void](`void document.head.append(Object.assign(document.createElement("link"),
			{ rel: "prefetch", href: "/account", onload: () => { document.title = "prefetched"; } }))`))
		s.browser.Await(`document.title === "prefetched"`)
		s.wantSteps("current-user 401")
	})
	for _, to := range []string{"https://elsewhere.example/", "//elsewhere.example", `/\elsewhere.example`, "javascript:alert(1)"} {
		visit("it never leads to another site: "+to, func(s *site) {
			s.browser.Do(chromedp.Navigate(address + "/renew?to=" + url.QueryEscape(to)))
			s.browser.AwaitPage(`document.title === "Ada Lovelace" && location.href === "` + address + `/"`)
		})
	}
	visit("a session that has ended leads to the sign-in", func(s *site) {
		s.server.SignIn(s.t, "ada").Delete(harness.SessionsPath+"?all=true").Want(s.t, http.StatusOK, "")
		s.browser.Do(chromedp.Navigate(address + "/renew?to=/account"))
		s.browser.AwaitPage(`location.pathname === "/sign-in"`)
	})
	visit("no cache keeps a page", func(s *site) {
		answer, err := http.Get(address + "/account")
		if err != nil {
			s.t.Fatal(err)
		}
		defer answer.Body.Close()
		if got := answer.Header.Get("Cache-Control"); got != "private, no-store" {
			s.t.Errorf("Cache-Control is %q", got)
		}
	})
	s.wantNoConsoleErrors()
}
