package harness

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// OpenApp opens the app and waits until it knows who is signed in.
func (p *Page) OpenApp(s *Server) {
	p.t.Helper()
	p.Do(chromedp.Navigate(s.PlainURL + "/"))
	p.Await(`!document.querySelector("#signed-out").hidden || !document.querySelector("#account").hidden`)
}

// Register fills in the app's form for a new account named ada and sends it.
func (p *Page) Register(s *Server, fullName, password string) {
	p.t.Helper()
	p.OpenApp(s)
	p.Click("#tab-register")
	p.Fill("#register-fullName", fullName)
	p.Fill("#register-username", "ada")
	p.Fill("#register-email", "ada@example.com")
	p.Fill("#register-password", password)
	p.Click("#register-form .primary")
}

// SignInAs fills in the app's form for sign-in and sends it.
func (p *Page) SignInAs(name, password string) {
	p.t.Helper()
	p.Click("#tab-login")
	p.Fill("#login-identifier", name)
	p.Fill("#login-password", password)
	p.Click("#login-form .primary")
}

// SignedUpInApp returns a server and a page on which Ada has just registered.
func SignedUpInApp(t testing.TB, variables ...string) (*Server, *Page) {
	t.Helper()
	server, page := Start(t, variables...), Chromium(t)
	page.Register(server, "Ada Lovelace", Password)
	page.AwaitText("#account-username", "ada")
	return server, page
}

// WantNoConsoleErrors fails the test for each error or warning of the console.
func (p *Page) WantNoConsoleErrors() {
	p.t.Helper()
	for _, found := range p.ConsoleErrors() {
		p.t.Errorf("in the console: %s", found)
	}
}
