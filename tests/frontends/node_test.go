package frontends

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"sallyport/tests/harness"
)

func filepathOf(name string) string {
	return filepath.Join(harness.Root(), "tests", "frontends", name)
}

func TestFrontends_MobileAppRenewsOnceForTenRequests(t *testing.T) {
	t.Parallel()
	dir, server := folder(t), harness.Start(t)
	server.SignUp(t, "ada")
	front := server.Front(t)
	front.Handle("/expire", func(http.ResponseWriter, *http.Request) { server.Clock.Advance(pastExpiry) })
	front.Hold(harness.CurrentUserPath, 10)
	output := harness.Node(t, filepathOf("mobile.cjs"), dir, front.URL, harness.Password)
	if output != "200 200 200 200 200 200 200 200 200 200, then nothing is stored\n" {
		t.Errorf("the app says %q", output)
	}
	exchanges := front.Exchanges()
	refused, refreshed := harness.Count(exchanges, harness.CurrentUserPath, 401), harness.Count(exchanges, harness.RefreshPath, 200)
	if refused != 10 || refreshed != 1 {
		t.Errorf("%d requests were refused and %d refreshes made: %s", refused, refreshed, harness.Steps(exchanges))
	}
}

func TestFrontends_ViteOnAnotherPortAndThroughItsProxy(t *testing.T) {
	t.Parallel()
	s := start(t)
	address := vite(t, s.front.URL)
	for _, tt := range []struct{ why, base string }{
		{"through the proxy", ""},
		{"through the proxy with another path", "/backend"},
		{"on another port", s.front.URL},
	} {
		t.Run(tt.why, func(t *testing.T) {
			s := &site{t, s.server, s.front, s.browser}
			s.browser.Do(chromedp.Navigate(fmt.Sprintf("%s/vite.html?base=%s&password=%s", address, tt.base, harness.Password)))
			s.browser.AwaitPage(`document.title === "ready"`)
			s.front.Exchanges()
			s.server.Clock.Advance(pastExpiry)
			if shown := s.do("load"); shown != "Ada Lovelace" {
				t.Errorf("the page shows %q", shown)
			}
			s.wantSteps(renewed)
		})
	}
	s.wantNoConsoleErrors()
}

// vite runs Vite with both configurations of the page, whose API is at this URL, and
// returns its address.
func vite(t *testing.T, api string) string {
	t.Helper()
	root := t.TempDir()
	if err := os.CopyFS(root, os.DirFS(folder(t))); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"vite.config.js", "vite-other-path.config.js"} {
		harness.WriteFile(t, root, name, []byte(strings.ReplaceAll(blocks(t)[name], "http://localhost:8080", api)))
	}
	harness.WriteFile(t, root, "vite.html", []byte(`<!doctype html><link rel="icon" href="data:,"><script type="module" src="/pages/vite.js"></script>`))
	return harness.NodeServer(t, filepathOf("vite.cjs"), root)
}
