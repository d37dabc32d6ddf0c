package harness

import (
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Look is how a person sees a page.
type Look struct {
	Width, Height int64
	Dark          bool
	Scale         float64 // pixels of the device for one of the page; 0 is 1
}

// SetLook changes the size and the colours of the page. Nothing moves.
func (p *Page) SetLook(look Look) {
	p.t.Helper()
	scheme := "light"
	if look.Dark {
		scheme = "dark"
	}
	p.Do(chromedp.EmulateViewport(look.Width, look.Height, chromedp.EmulateScale(max(1, look.Scale))))
	_, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme},
		{Name: "prefers-reduced-motion", Value: "reduce"},
	}})
	p.failIf(err)
}

// HideScrollbars makes a [Page.Screenshot] that looks like that of a person who does
// not scroll.
func (p *Page) HideScrollbars() {
	p.t.Helper()
	_, err := chromedp.Call(p.ctx, emulation.SetScrollbarsHidden, emulation.SetScrollbarsHiddenParams{Hidden: true})
	p.failIf(err)
}

// Screenshot returns what is seen of the page, as a PNG.
func (p *Page) Screenshot() []byte {
	p.t.Helper()
	shot, err := chromedp.Call(p.ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatPng})
	p.failIf(err)
	return shot.Data
}

// Axe returns what axe-core finds wrong with the page for people who use it by
// keyboard or screen reader: one line for each element. It needs npm; see
// [NodeModules].
func (p *Page) Axe() []string {
	p.t.Helper()
	if p.Text(`typeof axe`) == "undefined" {
		source, err := os.ReadFile(filepath.Join(NodeModules(p.t), "node_modules", "axe-core", "axe.min.js"))
		p.failIf(err)
		p.Text(string(source) + `; ""`)
	}
	found, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](`axe.run({ resultTypes: ["violations"] }).then(({ violations }) =>
		JSON.stringify(violations.flatMap(({ id, nodes }) => nodes.map((n) => id + ": " + n.html + " " + n.failureSummary))))`, chromedp.EvalAwaitPromise))
	p.failIf(err)
	var lines []string
	p.failIf(json.Unmarshal([]byte(found), &lines))
	return lines
}
