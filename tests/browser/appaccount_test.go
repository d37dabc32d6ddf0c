package browser

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"sallyport/tests/harness"
)

func TestAccount_ProfileIsSavedAndErrorsStandInPlace(t *testing.T) {
	t.Parallel()
	server, page := harness.SignedUpInApp(t)
	server.SignUp(t, "eve")
	page.Click("#profile summary")
	page.Fill("#profile-fullName", "Augusta Ada King")
	page.Fill("#profile-username", "eve")
	page.Do(chromedp.SetValue(chromedp.CSS("#profile-locale"), "de"))
	page.Click("#profile-form .primary")
	page.AwaitText("#profile-username-error", "is taken")
	page.Fill("#profile-username", "augusta")
	page.Click("#profile-form .primary")
	page.AwaitText("#profile-form .form-note", "Account updated")
	page.AwaitText("#account-name", "Augusta Ada King")
	page.AwaitText("#account-username", "augusta")
	page.Do(chromedp.Reload())
	page.Click("#profile summary")
	if locale := page.Text(`document.querySelector("#profile-locale").value`); locale != "de" {
		t.Errorf("the language is %q", locale)
	}
	page.WantNoConsoleErrors()
}

func TestAccount_PicturesAreShownReplacedAndRemoved(t *testing.T) {
	t.Parallel()
	_, page := harness.SignedUpInApp(t)
	dir := t.TempDir()
	harness.WriteFile(t, dir, "ada.png", harness.AsPNG(t, harness.Quarters(600, 600)))
	harness.WriteFile(t, dir, "ada.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`))
	upload := func(kind, file string) {
		page.Do(chromedp.SetUploadFiles(chromedp.CSS("#"+kind+"-file"), []string{filepath.Join(dir, file)}))
		page.Click("#" + kind + "-form .primary")
	}
	page.Click("#pictures summary")
	page.Click("#avatar-form .primary")
	page.AwaitText("#avatar-file-error", "is required")
	upload("avatar", "ada.png")
	page.Await(`document.querySelector("#avatar-picture").naturalWidth === 512`)
	upload("cover", "ada.png")
	page.Await(`document.querySelector("#cover-picture").naturalWidth === 600`)
	first := page.Text(`document.querySelector("#avatar-picture").src`)
	upload("avatar", "ada.svg")
	page.AwaitText("#avatar-file-error", "must be a JPEG, PNG, GIF or WebP")
	if kept := page.Text(`document.querySelector("#avatar-picture").src`); kept != first {
		t.Errorf("a picture that was refused replaced %s by %s", first, kept)
	}
	page.Click("#avatar-remove")
	page.Await(`document.querySelector("#avatar-picture").hidden && !document.querySelector("#cover-picture").hidden`)
	page.WantNoConsoleErrors()
}

func TestAccount_ActivityComesInPages(t *testing.T) {
	t.Parallel()
	server, page := harness.SignedUpInApp(t)
	for range 5 {
		server.SignIn(t, "ada")
	}
	page.Click("#activity summary")
	page.Await(`document.querySelectorAll("#activity-list li").length === 5`)
	page.AwaitText("#activity-list", "login succeeded")
	page.Click("#activity-more")
	page.Await(`document.querySelectorAll("#activity-list li").length === 6`)
	page.AwaitText("#activity-list li:last-child", "registered")
	page.Await(`document.querySelector("#activity-more").hidden`)
	page.WantNoConsoleErrors()
}

func TestAccount_DeletionEndsTheAccountEverywhere(t *testing.T) {
	t.Parallel()
	server, page := harness.SignedUpInApp(t)
	phone := server.SignIn(t, "ada")
	page.Click("#deletion summary")
	page.Fill("#delete-password", harness.WrongPassword)
	page.Click("#delete-form .danger")
	page.AwaitText("#delete-password-error", "is not your password")
	phone.WantAlive()
	page.Fill("#delete-password", harness.Password)
	page.Click("#delete-form .danger")
	page.AwaitText("#status", "Your account is deleted")
	page.AwaitText("#login-form", "Sign in")
	phone.CurrentUser().Want(t, 401, "session_ended")
	if cookies := page.Cookies(server.PlainURL + harness.RefreshPath); len(cookies) != 0 {
		t.Errorf("the browser keeps %v", cookies)
	}
	if kept := page.Text(`JSON.stringify(localStorage)`); strings.Contains(kept, "ada") || strings.Contains(kept, "access") {
		t.Errorf("localStorage holds %s", kept)
	}
	page.Register(server, "Ada Lovelace", harness.Password) // the names are free again
	page.AwaitText("#account-username", "ada")
	page.WantNoConsoleErrors()
}
