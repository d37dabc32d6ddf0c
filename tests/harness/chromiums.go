package harness

import (
	"context"
	"os"
	"sync"

	"github.com/chromedp/chromedp"
)

// oneBrowser is the Chromium of all tests of a package: a start takes a second of
// both processors. A page that crashes takes no other with it. Where the whole
// browser has crashed, the next test gets another one.
var oneBrowser chromium

type chromium struct {
	mu     sync.Mutex
	ctx    context.Context
	folder string
}

// get returns the browser, which it starts where none runs.
func (b *chromium) get(program string) (context.Context, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ctx != nil && b.ctx.Err() == nil {
		return b.ctx, nil
	}
	b.close()
	if err := b.start(program); err != nil {
		b.close()
		return nil, err
	}
	return b.ctx, nil
}

func (b *chromium) start(program string) (err error) {
	if b.folder, err = os.MkdirTemp("", "chromium"); err != nil {
		return err
	}
	flags := []chromedp.ExecAllocatorOption{chromedp.ExecPath(program), chromedp.UserDataDir(b.folder)}
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
	allocator, _ := chromedp.NewExecAllocator(context.Background(), flags...)
	b.ctx, _ = chromedp.NewContext(allocator)
	return chromedp.Do(b.ctx)
}

// stop ends the browser, where one runs, and removes its folder.
func (b *chromium) stop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.close()
}

func (b *chromium) close() {
	if b.ctx == nil {
		return
	}
	_ = chromedp.Cancel(b.ctx) // waits for the exit, so that the folder can be removed
	_ = os.RemoveAll(b.folder)
	b.ctx = nil
}
