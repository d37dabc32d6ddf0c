package harness

import (
	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// NewTab opens another tab of the same profile, which is visible too: each has a
// window of its own.
func (p *Page) NewTab() *Page {
	p.t.Helper()
	return open(p.t, p.ctx)
}

// Hide makes the tab one that nobody looks at. Its timers run once a second at most.
func (p *Page) Hide() { p.t.Helper(); p.setWindow(browser.WindowStateMinimized) }

// Show makes the tab visible.
func (p *Page) Show() { p.t.Helper(); p.setWindow(browser.WindowStateNormal) }

// Freeze hides the tab and stops its timers, as a browser does with a tab that was
// hidden for minutes. Messages from other tabs still arrive.
func (p *Page) Freeze() {
	p.t.Helper()
	p.Hide()
	p.setLifecycle(page.SetWebLifecycleStateStateFrozen)
}

// Wake lets a frozen tab go on, and shows it.
func (p *Page) Wake() {
	p.t.Helper()
	p.setLifecycle(page.SetWebLifecycleStateStateActive)
	p.Show()
}

func (p *Page) setLifecycle(state page.SetWebLifecycleStateState) {
	p.t.Helper()
	_, err := chromedp.Call(p.ctx, page.SetWebLifecycleState, page.SetWebLifecycleStateParams{State: state})
	p.failIf(err)
}

func (p *Page) setWindow(state browser.WindowState) {
	p.t.Helper()
	id := chromedp.FromContext(p.ctx).Target.TargetID
	window, err := chromedp.CallBrowser(p.ctx, browser.GetWindowForTarget, browser.GetWindowForTargetParams{TargetID: id})
	p.failIf(err)
	_, err = chromedp.CallBrowser(p.ctx, browser.SetWindowBounds, browser.SetWindowBoundsParams{
		WindowID: window.WindowID, Bounds: &browser.Bounds{WindowState: state},
	})
	p.failIf(err)
}
