package browser

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"sallyport/tests/harness"
)

// linkTo returns the link in the newest mail to this address, as it is for a
// browser that opens the server by another port.
func linkTo(t *testing.T, server *harness.Server, address string) string {
	t.Helper()
	return strings.Replace(server.LastMail(t, address).Link(t), server.Config.AppURL, server.PlainURL, 1)
}

// openLink opens a link of a mail: its token must leave the address bar before
// anything else happens, and nothing may have been sent.
func openLink(t *testing.T, page *harness.Page, link string) {
	t.Helper()
	page.Do(chromedp.Navigate(link))
	page.AwaitText("#spend-title", "")
	if address := page.Text("location.href"); strings.Contains(address, "#") || strings.Contains(address, "token") {
		t.Errorf("the address bar shows %s", address)
	}
	if focused := page.Text("document.activeElement.id"); focused != "spend-title" {
		t.Errorf("a screen reader goes on at %q", focused)
	}
}

func TestLinks_ASignUpIsVerifiedByTheButtonAlone(t *testing.T) {
	t.Parallel()
	server, page := harness.StartWithMail(t, "REQUIRE_VERIFIED_EMAIL=true"), harness.Chromium(t)
	page.Register(server, "Ada Lovelace", harness.Password)
	page.AwaitText("#unverified-text", "Open the link in the mail")
	if cookies := page.Cookies(server.PlainURL + harness.RefreshPath); len(cookies) != 0 {
		t.Errorf("signed in with %v", cookies)
	}
	link := linkTo(t, server, "ada@example.com")

	page.Do(chromedp.Reload())
	page.SignInAs("ada@example.com", harness.Password)
	page.AwaitText("#unverified-text", "not confirmed yet")
	if email := page.Text(`document.querySelector("#unverified-email").value`); email != "ada@example.com" {
		t.Errorf("the page offers to send the link to %q", email)
	}
	page.Click("#unverified-form button")
	page.AwaitText("#unverified-form .form-note", "on its way")

	openLink(t, page, link)
	server.Client(t).Login("ada", harness.Password).Want(t, 403, "email_not_verified") // opening it verifies nothing
	page.Click("#spend-button")
	page.AwaitText("#done-title", "Email verified")
	page.AwaitText("#done-email", "ada@example.com")
	openLink(t, page, link) // in the same tab: the page is not loaded again
	page.Click("#spend-button")
	page.AwaitText("#done-title", "Email already verified")

	page.Click("#done a")
	page.SignInAs("ada", harness.Password)
	page.AwaitText("#account-verified", "email confirmed")
	if log := server.Log.String(); strings.Contains(log, strings.SplitAfter(link, "#token=")[1]) {
		t.Errorf("the log has the token: %s", log)
	}
	page.WantNoConsoleErrors()
}

func TestLinks_RecoveryShowsReasonsAndKeepsTheLinkUntilItIsUsed(t *testing.T) {
	t.Parallel()
	server, page := harness.StartWithMail(t), harness.Chromium(t)
	device := server.SignUp(t, "ada")
	page.Do(chromedp.Navigate(server.PlainURL + "/"))
	page.Click("#tab-login")
	page.Click("#forgot-open")
	page.Fill("#forgot-email", "ada@example.com")
	page.Click("#forgot-form button")
	page.AwaitText("#forgot-form .form-note", "on its way")
	link := linkTo(t, server, "ada@example.com")

	openLink(t, page, link)
	page.Fill("#spend-newPassword", "AdaLovelace1815")
	page.Click("#spend-button")
	page.AwaitText("#spend-newPassword-error", "little more than your name")
	if colour, want := page.Text(`getComputedStyle(document.querySelector("#spend-newPassword-error")).color`), "rgb(179, 38, 30)"; colour != want {
		t.Errorf("the reason is %s, want red: %s", colour, want)
	}
	device.WantAlive()
	page.Fill("#spend-newPassword", harness.NextPassword)
	page.Click("#spend-button")
	page.AwaitText("#done-title", "Password reset")
	device.WantEnded()

	openLink(t, page, link)
	page.Fill("#spend-newPassword", harness.Password)
	page.Click("#spend-button")
	page.AwaitText("#dead-reason", "it was used")
	page.Fill("#again-email", "ada@example.com")
	page.Click("#again button")
	page.AwaitText("#again .form-note", "on its way")

	page.Do(chromedp.Navigate(server.PlainURL + "/"))
	page.SignInAs("ada", harness.NextPassword)
	page.AwaitText("#account-username", "ada")
	page.WantNoConsoleErrors()
}

func TestLinks_AChangeOfAddressIsConfirmedAndTakenBack(t *testing.T) {
	t.Parallel()
	server, page := harness.StartWithMail(t), harness.Chromium(t)
	page.Register(server, "Ada Lovelace", harness.Password)
	page.AwaitText("#account-verified", "not confirmed yet")
	openLink(t, page, linkTo(t, server, "ada@example.com"))
	page.Click("#spend-button")
	page.Click("#done a")

	page.AwaitText("#account-verified", "email confirmed")
	page.Click("#email summary")
	page.Fill("#email-email", "ada@new.example")
	page.Fill("#email-password", harness.WrongPassword)
	page.Click("#email-form .primary")
	page.AwaitText("#email-password-error", "is not your password")
	page.Fill("#email-password", harness.Password)
	page.Click("#email-form .primary")
	page.AwaitText("#email-form .form-note", "on its way")
	openLink(t, page, linkTo(t, server, "ada@new.example"))
	page.Click("#spend-button")
	page.AwaitText("#done-title", "Email changed")
	page.AwaitText("#done-email", "ada@new.example")

	openLink(t, page, linkTo(t, server, "ada@example.com"))
	page.Click("#spend-button")
	page.AwaitText("#done-title", "Email restored")
	page.AwaitText("#done-email", "ada@example.com")
	page.Click("#done a")
	page.AwaitText("#login-form", "Sign in") // the session has ended
	openLink(t, page, linkTo(t, server, "ada@example.com"))
	page.Fill("#spend-newPassword", harness.NextPassword)
	page.Click("#spend-button")
	page.Click("#done a")
	page.SignInAs("ada@example.com", harness.NextPassword)
	page.AwaitText("#account-email", "ada@example.com")
	page.WantNoConsoleErrors()
}

// Production has neither the demo page nor the reference.
func TestLinks_LinksWorkWithoutOtherPages(t *testing.T) {
	t.Parallel()
	server, page := harness.Start(t, "DEMO=off", "DOCS=off"), harness.Chromium(t)
	for _, tt := range []struct{ path, why, says string }{
		{"/verify-email", "the link is broken", "The token is missing"},
		{"/verify-email#token=x", "the token is wrong", "a part of it is missing"},
		{"/undo-email-change#token=x", "the token is wrong", "a part of it is missing"},
		{"/reset-password#", "the link is broken", "The token is missing"},
	} {
		page.Do(chromedp.Navigate("about:blank"), chromedp.Navigate(server.PlainURL+tt.path))
		if strings.Contains(tt.path, "token") {
			page.Click("#spend-button")
		}
		page.AwaitText("#dead-reason", tt.says)
	}
	page.WantNoConsoleErrors()
}
