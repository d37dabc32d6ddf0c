package browser

import (
	"testing"

	"sallyport/tests/harness"
)

func TestDevices_EndOneAndEndAllOthers(t *testing.T) {
	t.Parallel()
	server, page := harness.SignedUpInApp(t)
	phone, laptop := server.SignIn(t, "ada"), server.SignIn(t, "ada")
	page.Click("#devices-load")
	page.Await(`document.querySelectorAll("#device-list li").length === 3`)
	page.AwaitText("#device-list .badge", "this one")
	page.Click("#device-list li:not(:has(.badge)) button")
	page.AwaitText("#devices-form .form-note", "Session ended")
	page.AwaitText("#device-list .gone", "ended")
	page.Click("#devices-end")
	page.AwaitText("#devices-form .form-note", "1")
	page.Await(`document.querySelectorAll("#device-list li:not(.gone)").length === 1`)
	phone.WantEnded()
	laptop.WantEnded()
	page.Click("#devices-add") // this page knows no password: it asks
	page.Fill("#proof-password", harness.Password)
	page.Click("#proof-form .primary")
	page.AwaitText("#devices-form .form-note", "A second device")
	page.Await(`document.querySelectorAll("#device-list li:not(.gone)").length === 2`)
	page.WantNoConsoleErrors()
}

func TestDevices_APasswordChangeEndsTheOthersVisibly(t *testing.T) {
	t.Parallel()
	server, page := harness.SignedUpInApp(t)
	phone := server.SignIn(t, "ada")
	page.Click("#devices-load")
	page.Await(`document.querySelectorAll("#device-list li").length === 2`)
	page.Click("#password summary")
	page.Fill("#password-oldPassword", harness.WrongPassword)
	page.Fill("#password-newPassword", harness.NextPassword)
	page.Click("#password-form .primary")
	page.AwaitText("#password-oldPassword-error", "is not your password")
	phone.WantAlive()
	page.Fill("#password-oldPassword", harness.Password)
	page.Click("#password-form .primary")
	page.AwaitText("#password-form .form-note", "have ended")
	page.AwaitText("#device-list .gone", "ended")
	page.AwaitText("#device-list li:first-child", "this one")
	phone.WantEnded()
	page.Click("#logout")
	page.AwaitText("#status", "You are signed out")
	page.SignInAs("ada", harness.NextPassword)
	page.AwaitText("#account-username", "ada")
	page.WantNoConsoleErrors()
}

// The app remembers what it has chosen itself, and a change of that.
func TestDevices_NobodyIsAskedForADemoPersonsPassword(t *testing.T) {
	t.Parallel()
	server, page := harness.Start(t), harness.Chromium(t)
	page.OpenApp(server)
	page.Click("#demo-person")
	password := page.Text(`document.querySelector("#register-password").value`)
	page.Click("#register-form .primary")
	page.Click("#devices-add")
	page.AwaitText("#devices-form .form-note", "A second device")
	page.Click("#password summary")
	page.Fill("#password-oldPassword", password)
	page.Fill("#password-newPassword", harness.NextPassword)
	page.Click("#password-form .primary")
	page.AwaitText("#password-form .form-note", "have ended")
	page.Click("#devices-add")
	page.AwaitText("#devices-form .form-note", "A second device")
	page.WantNoConsoleErrors()
}
