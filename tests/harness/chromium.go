package harness

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/security"
	"github.com/chromedp/chromedp"
)

// browserTimeout ends a test whose condition never holds.
const browserTimeout = time.Minute

// Page is one tab of a real Chromium with a profile of its own.
type Page struct {
	t       testing.TB
	ctx     context.Context
	mu      sync.Mutex
	console []string
}

// Chromium opens a tab, and closes the browser when the test ends.
func Chromium(t testing.TB) *Page {
	t.Helper()
	flags := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(Program(t, "chromium", "chromium")),
		chromedp.UserDataDir(t.TempDir()),
	}
	for _, name := range []string{
		"headless", "disable-gpu", "no-first-run", // no screen, no questions
		"no-sandbox",               // it refuses to start as root with one
		"disable-dev-shm-usage",    // containers have 64 MB of it
		"disable-quic",             // what the server speaks is all there is
		"disable-component-update", // these and the next: nothing leaves the machine
		"disable-background-networking",
		"disable-sync",
	} {
		flags = append(flags, chromedp.Flag(name, true))
	}
	limited, cancel := context.WithTimeout(context.Background(), browserTimeout)
	t.Cleanup(cancel)
	allocator, cancel := chromedp.NewExecAllocator(limited, flags...)
	t.Cleanup(cancel)
	p := &Page{t: t}
	p.ctx, cancel = chromedp.NewContext(allocator, chromedp.WithListener(p.listen))
	t.Cleanup(cancel)
	t.Cleanup(func() { _ = chromedp.Cancel(p.ctx) }) // waits for the exit, so that its folder can be removed
	p.Do(chromedp.Navigate("about:blank"))
	return p
}

// Do does the steps and fails the test with the first that fails.
func (p *Page) Do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, steps...); err != nil {
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

// Await waits in the page until the JavaScript condition holds. (chromedp.Poll
// would need eval, which the page's policy forbids.)
func (p *Page) Await(condition string) {
	p.t.Helper()
	p.Do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(
		`new Promise(done => { const look = () => (%s) ? done() : setTimeout(look, 20); look(); })`, condition,
	), chromedp.EvalAwaitPromise))
}

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

// Click clicks an element once it is visible.
func (p *Page) Click(element string) {
	p.t.Helper()
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
