// Package clients runs the clients that frontends use, from npm, in a real Chromium
// against the program. Each has a script in this folder, written as the client's own
// documentation shows it.
package clients

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"sallyport/tests/harness"
)

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }

// atOnce is how many requests of one page get their 401 at the same time.
const atOnce = 10

// client is one script of this folder.
type client struct {
	script    string
	refreshes int  // of ten 401s
	loses     bool // the client itself rejects a request whose 401 arrives while it refreshes
}

var clients = []client{
	{"axios", atOnce, false},
	{"axios-auth-refresh", 1, true},
	{"axios-auth-refresh-shared", 1, false},
	{"ky", atOnce, false},
	{"wretch", 1, false},
	{"alova", 1, false},
	{"rtk-query", 1, false},
}

// TestClients_TenParallel401sShareOneRotation lets the access token expire and sends ten
// requests at the same time, at first with the tokens in cookies, then in the body.
func TestClients_TenParallel401sShareOneRotation(t *testing.T) {
	t.Parallel()
	front, server, browser := start(t)
	for _, c := range clients {
		for _, tokens := range []string{"cookies", "body"} {
			t.Run(c.script+"/"+tokens, func(t *testing.T) {
				browser.Do(chromedp.Navigate(pageOf(front, c.script, tokens)))
				browser.Await(`document.title !== ""`)
				if title := browser.Text("document.title"); title != "signed in 200" {
					t.Fatalf("the page is %q", title)
				}
				c.sendTen(t, front, server, browser)
				if c.loses {
					return
				}
				c.sendTen(t, front, server, browser) // the new tokens are in use
			})
		}
	}
	for _, found := range browser.ConsoleErrors() {
		t.Errorf("in the console: %s", found)
	}
}

// start returns a server with the bundled pages of all clients.
func start(t *testing.T) (*harness.Front, *harness.Server, *harness.Page) {
	t.Helper()
	folder, out := filepath.Join(harness.Root(), "tests", "clients"), t.TempDir()
	arguments := []string{out}
	for _, c := range clients {
		arguments = append(arguments, filepath.Join(folder, c.script+".js"))
	}
	harness.Node(t, filepath.Join(folder, "build.cjs"), arguments...)

	server := harness.Start(t)
	server.SignUp(t, "ada")
	front := server.FrontTLS(t)
	for _, c := range clients {
		bundle, err := os.ReadFile(filepath.Join(out, c.script+".js"))
		if err != nil {
			t.Fatal(err)
		}
		front.Add("/"+c.script+".js", bundle)
		front.Add("/"+c.script, fmt.Appendf(nil, `<!doctype html><link rel="icon" href="data:,"><script type="module" src="/%s.js"></script>`, c.script))
	}
	browser := harness.Chromium(t)
	browser.IgnoreCertificates()
	return front, server, browser
}

func pageOf(front *harness.Front, script, tokens string) string {
	query := url.Values{"tokens": {tokens}, "email": {"ada@example.com"}, "password": {harness.Password}}
	return front.URL + "/" + script + "?" + query.Encode()
}

// sendTen sends ten requests with an access token that has expired.
func (c client) sendTen(t *testing.T, front *harness.Front, server *harness.Server, browser *harness.Page) {
	t.Helper()
	server.Clock.Advance(16 * time.Minute)
	front.Exchanges()
	front.Hold(harness.CurrentUserPath, atOnce)
	front.Hold(harness.RefreshPath, c.refreshes) // each is sent before any is answered
	browser.Do(chromedp.Evaluate[chromedp.Void](`void ten()`))
	browser.Await(`document.title !== "working"`)
	statuses := strings.Fields(browser.Text("document.title"))
	exchanges := front.Exchanges()

	if refused := harness.Count(exchanges, harness.CurrentUserPath, 401); refused != atOnce {
		t.Errorf("%d requests got 401 at the same time, want %d", refused, atOnce)
	}
	// A 401 that arrives after the shared refresh starts another.
	if n := harness.Rotations(exchanges); n != 1 && (c.refreshes > 1 || n != 2) {
		t.Errorf("%d rotations in %+v", n, exchanges)
	}
	lost := slices.DeleteFunc(slices.Clone(statuses), func(status string) bool { return status == "200" })
	if len(statuses) != 10 || (len(lost) > 0) != c.loses {
		t.Errorf("the requests end with %q", statuses)
	}
	if c.loses && (len(lost) == 10 || slices.ContainsFunc(lost, func(status string) bool { return status != "401" })) {
		t.Errorf("the requests end with %q, want some 200 and some 401", statuses)
	}
}
