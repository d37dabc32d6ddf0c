// Package frontends runs each block of docs/frontends.md as it stands: in a real
// Chromium, or in Node where the block is for a server or an app. The pages that use
// the blocks are in the folder pages.
package frontends

import (
	"fmt"
	"html"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"sallyport/tests/harness"
)

func TestMain(m *testing.M) {
	code := harness.Main(m)
	if built.folder != "" {
		os.RemoveAll(built.folder)
	}
	os.Exit(code)
}

// pastExpiry is longer than an access token lives.
const pastExpiry = 16 * time.Minute

// built is the folder with the blocks in recipes, the pages in pages, and the bundled
// pages in bundles. The tests of this package share it.
var built struct {
	sync.Mutex
	folder string
}

// folder returns the folder, which it makes once.
func folder(t *testing.T) string {
	t.Helper()
	built.Lock()
	defer built.Unlock()
	if built.folder != "" {
		return built.folder
	}
	dir, err := os.MkdirTemp("", "frontends-")
	if err != nil {
		t.Fatal(err)
	}
	recipes, pages := filepath.Join(dir, "recipes"), filepath.Join(dir, "pages")
	if err := os.Mkdir(recipes, 0o700); err != nil {
		t.Fatal(err)
	}
	for title, text := range blocks(t) {
		harness.WriteFile(t, recipes, title, []byte(text))
	}
	harness.WriteFile(t, recipes, "sallyport.js", []byte(harness.ReadPage(t, "web/client/sallyport.js")))
	harness.WriteFile(t, dir, "package.json", []byte(`{"type": "module"}`))
	if err := os.CopyFS(pages, os.DirFS(filepath.Join(harness.Root(), "tests", "frontends", "pages"))); err != nil {
		t.Fatal(err)
	}
	bundle(t, dir)
	built.folder = dir
	return dir
}

// bundle bundles all pages that begin with a sign-in, and the one that renews.
func bundle(t *testing.T, dir string) {
	t.Helper()
	pages, err := filepath.Glob(filepath.Join(dir, "pages", "*.js*"))
	if err != nil {
		t.Fatal(err)
	}
	arguments := append([]string{filepath.Join(dir, "bundles"), filepath.Join(dir, "recipes", "renew.js")}, pages...)
	harness.Node(t, filepath.Join(harness.Root(), "tests", "clients", "build.cjs"), arguments...)
}

func blocks(t *testing.T) map[string]string {
	t.Helper()
	return harness.TitledBlocks(t, "docs/frontends.md")
}

// site is a browser before the program, which serves the pages too.
type site struct {
	t       *testing.T
	server  *harness.Server
	front   *harness.Front
	browser *harness.Page
}

func start(t *testing.T, variables ...string) *site {
	t.Helper()
	dir := folder(t)
	s := &site{t, harness.Start(t, variables...), nil, harness.Chromium(t)}
	s.server.SignUp(t, "ada")
	s.front = s.server.Front(t)
	s.front.Add("/favicon.ico", nil)
	scripts, err := filepath.Glob(filepath.Join(dir, "bundles", "pages", "*.js"))
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no bundles: %v", err)
	}
	for _, script := range scripts {
		text, err := os.ReadFile(script)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(script), ".js")
		s.front.Add("/"+name+".js", text)
		s.front.Add("/"+name, document(t, name))
	}
	return s
}

// document is the page of a script, with the policy of docs/frontends.md. Angular is
// compiled in the browser here, which the policy forbids; a build would do it.
func document(t *testing.T, name string) []byte {
	t.Helper()
	policy := fmt.Sprintf(`<meta http-equiv="Content-Security-Policy" content="%s">`, html.EscapeString(strings.TrimSpace(blocks(t)["policy.txt"])))
	if name == "angular" {
		policy = ""
	}
	return fmt.Appendf(nil, `<!doctype html><meta charset="utf-8">%s<body><div id="app"></div><script type="module" src="/%s.js"></script>`, policy, name)
}

// open opens a page and waits until Ada is signed in on it.
func (s *site) open(name string) {
	s.t.Helper()
	s.browser.Do(chromedp.Navigate(s.front.URL + "/" + name + "?password=" + harness.Password))
	s.browser.AwaitPage(`document.title === "ready"`) // a page may load itself again
}

// call starts a step of the page.
func (s *site) call(step string) {
	s.t.Helper()
	s.browser.Do(chromedp.Evaluate[chromedp.Void]("void " + step + "()"))
}

// do calls a step of the page and returns what came of it.
func (s *site) do(step string) string {
	s.t.Helper()
	s.call(step)
	s.browser.Await(`document.title !== "working"`)
	return s.browser.Text("document.title")
}

// wantSteps fails the test unless these requests reached the program since the last call.
func (s *site) wantSteps(want string) {
	s.t.Helper()
	if got := harness.Steps(s.front.Exchanges()); got != want {
		s.t.Errorf("requests: %s\n    want: %s", got, want)
	}
}

func (s *site) wantNoConsoleErrors() {
	s.t.Helper()
	for _, found := range s.browser.ConsoleErrors() {
		s.t.Errorf("in the console: %s", found)
	}
}
