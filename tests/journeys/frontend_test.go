package journeys

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"sallyport/tests/harness"
)

// signInFromPage signs in and asks who is signed in, as a frontend of another
// origin with a tracing library does. Its title is what came of it.
const signInFromPage = `<!doctype html><title>working</title><script type="module">
const call = (path, options) => fetch("%s" + path, {credentials: "include", ...options,
	headers: {"Content-Type": "application/json", traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}})
	.then(answer => answer.status, error => error.name)
document.title = await call("%s", {method: "POST", body: '%s'}) + " " + await call("%s")
</script>`

func TestFrontend_OnAnyPortOfThisMachineAndNotOnAnotherSite(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why, api, title string
		hints           int
	}{
		{"page and API on localhost", "localhost", "200 200", 0},
		{"page on localhost, API on 127.0.0.1", "127.0.0.1", "200 401", 1},
	} {
		t.Run(tt.why, func(t *testing.T) {
			t.Parallel()
			server, browser := harness.Start(t), harness.Chromium(t)
			server.SignUp(t, "ada")
			api := strings.Replace(server.PlainURL, "localhost", tt.api, 1)
			page := fmt.Sprintf(signInFromPage, api, harness.LoginPath, harness.LoginBody("ada", harness.Password), harness.CurrentUserPath)
			frontend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, page) }))
			t.Cleanup(frontend.Close)
			browser.Do(chromedp.Navigate(strings.Replace(frontend.URL, "127.0.0.1", "localhost", 1)))
			browser.Await(`document.title !== "working"`)
			if title := browser.Text("document.title"); title != tt.title {
				t.Errorf("sign-in and current-user answer %q, want %q: %s", title, tt.title, server.Log.String())
			}
			if n := strings.Count(server.Log.String(), "COOKIE_SAMESITE"); n != tt.hints {
				t.Errorf("%d hints, want %d: %s", n, tt.hints, server.Log.String())
			}
		})
	}
}
