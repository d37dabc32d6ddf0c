package harness

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/security"
	"github.com/chromedp/chromedp"
)

// browserTimeout ends a test whose condition never holds.
const browserTimeout = 3 * time.Minute

// Page is one tab of a real Chromium.
type Page struct {
	t       testing.TB
	ctx     context.Context
	mu      sync.Mutex
	console []string
}

// Chromium opens a tab in a profile of its own: cookies and storage are those of
// this test alone. Both go when the test ends; the browser is that of the package.
func Chromium(t testing.TB) *Page {
	t.Helper()
	shared, err := oneBrowser.get(Program(t, "chromium", "chromium"))
	if err != nil {
		t.Fatal(err)
	}
	limited, cancel := context.WithTimeout(shared, browserTimeout)
	t.Cleanup(cancel)
	return open(t, limited, chromedp.WithNewBrowserContext())
}

func open(t testing.TB, parent context.Context, options ...chromedp.ContextOption) *Page {
	t.Helper()
	p := &Page{t: t}
	var closeTab context.CancelFunc
	p.ctx, closeTab = chromedp.NewContext(parent, append(options, chromedp.WithListener(p.listen))...)
	t.Cleanup(closeTab) // waits until the tab is gone
	p.Do(chromedp.Navigate("about:blank"))
	return p
}

// Do does the steps and fails the test with the first that fails.
func (p *Page) Do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	p.failIf(chromedp.Do(p.ctx, steps...))
}

func (p *Page) failIf(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatalf("in the browser: %v; its console: %q", err, p.ConsoleErrors())
	}
}

// Text evaluates a JavaScript expression that gives a string.
func (p *Page) Text(expression string) string {
	p.t.Helper()
	text, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](expression))
	if err != nil {
		p.t.Fatalf("%s: %v", expression, err)
	}
	return text
}

// Await waits in the page until the JavaScript condition holds, also where another
// page is loaded meanwhile. (chromedp.Poll would need eval, which the page's policy
// forbids.)
func (p *Page) Await(condition string) {
	p.t.Helper()
	look := chromedp.Evaluate[chromedp.Void](fmt.Sprintf(
		`new Promise(done => { const look = () => (%s) ? done() : setTimeout(look, 20); look(); })`, condition,
	), chromedp.EvalAwaitPromise)
	err := chromedp.Do(p.ctx, look)
	for err != nil && pageHasGone.MatchString(err.Error()) {
		err = chromedp.Do(p.ctx, look)
	}
	p.failIf(err)
}

// pageHasGone is what Chromium says of a script whose page was left.
var pageHasGone = regexp.MustCompile(`Inspected target navigated|context was destroyed|Cannot find context`)

// AwaitPage is [Page.Await] where another page is about to be loaded, for what holds
// there.
func (p *Page) AwaitPage(condition string) {
	p.t.Helper()
	Await(p.t, func() error {
		holds, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](condition))
		if err == nil && !holds {
			err = fmt.Errorf("%s does not hold; the console: %q", condition, p.ConsoleErrors())
		}
		return err
	})
}

// Fill puts the text into a field in place of what is there, by the keyboard.
func (p *Page) Fill(field, text string) {
	p.t.Helper()
	p.Do(
		chromedp.WaitVisible(chromedp.CSS(field)),
		chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.querySelector(%q).value = ""`, field)),
		chromedp.SendKeys(chromedp.CSS(field), text),
	)
}

// Click clicks an element once it is visible and its form works on nothing: a form does
// one thing at a time.
func (p *Page) Click(element string) {
	p.t.Helper()
	p.Await(fmt.Sprintf(`document.querySelector(%q)?.closest("form")?.ariaBusy !== "true"`, element))
	p.Do(chromedp.WaitVisible(chromedp.CSS(element)), chromedp.Click(chromedp.CSS(element)))
}

// AwaitText waits until the element is visible and has this in its text.
func (p *Page) AwaitText(element, text string) {
	p.t.Helper()
	p.Await(fmt.Sprintf(`(e => e && e.checkVisibility() && e.textContent.includes(%q))(document.querySelector(%q))`, text, element))
}

// IgnoreCertificates lets the browser accept the certificate of a test.
func (p *Page) IgnoreCertificates() {
	p.t.Helper()
	if _, err := chromedp.Call(p.ctx, security.SetIgnoreCertificateErrors, security.SetIgnoreCertificateErrorsParams{Ignore: true}); err != nil {
		p.t.Fatal(err)
	}
}

// SaveDownloads lets the page save files into the folder.
func (p *Page) SaveDownloads(folder string) {
	p.t.Helper()
	_, err := chromedp.CallBrowser(p.ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorAllow, BrowserContextID: chromedp.FromContext(p.ctx).BrowserContextID, DownloadPath: folder,
	})
	p.failIf(err)
}

// Cookies returns what the browser would send to the URL, by name, those that
// script cannot see included.
func (p *Page) Cookies(url string) map[string]*network.Cookie {
	p.t.Helper()
	answer, err := chromedp.Call(p.ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{url}})
	if err != nil {
		p.t.Fatal(err)
	}
	found := map[string]*network.Cookie{}
	for _, cookie := range answer.Cookies {
		found[cookie.Name] = cookie
	}
	return found
}

// ConsoleErrors returns the errors and warnings of the console so far: exceptions,
// violations of the Content-Security-Policy, files that do not load. Refusals of the
// API are left out, which Chromium lists too: they belong to the journey.
func (p *Page) ConsoleErrors() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.console...)
}

func (p *Page) listen(event any) {
	var found string
	switch e := event.(type) {
	case *log.EventEntryAdded:
		expected := e.Entry.Source == log.EntrySourceNetwork && strings.Contains(e.Entry.Text, "status of 4") && strings.Contains(e.Entry.URL, "/api/")
		if (e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning) && !expected {
			found = fmt.Sprintf("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	case *runtime.EventConsoleAPICalled:
		switch e.Type {
		case runtime.ConsoleAPICalledTypeError, runtime.ConsoleAPICalledTypeWarning, runtime.ConsoleAPICalledTypeAssert:
			found = "console." + string(e.Type)
			for _, arg := range e.Args {
				found += " " + arg.Description + string(arg.Value)
			}
		}
	case *runtime.EventExceptionThrown:
		found = fmt.Sprintf("exception: %+v", e.ExceptionDetails)
	}
	if found != "" {
		p.mu.Lock()
		p.console = append(p.console, found)
		p.mu.Unlock()
	}
}
