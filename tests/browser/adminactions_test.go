package browser

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"sallyport/tests/harness"
)

func TestAdminActions_DisableEndsEverythingAndEnableLetsSignIn(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	page := administration(t, server)
	grace := server.SignUp(t, "grace")
	openUser(t, page, server, "grace")
	page.Click("#access-button")
	page.AwaitText("#confirm-title", "Disable grace?")
	page.Click("#confirm-no")
	page.Await(`document.activeElement.id === "access-button"`)
	grace.WantAlive()
	page.Click("#access-button")
	page.Click("#confirm-yes")
	page.AwaitText("#access-form .form-note", "disabled")
	page.AwaitText("#user-badges", "disabled")
	page.AwaitText("#sessions-empty", "Signed in nowhere")
	page.AwaitText("#history-rows li:first-child", "disabled by admin")
	page.AwaitText("#history-rows li:first-child", "by ada")
	grace.WantEnded()
	server.Client(t).Login("grace", harness.Password).Want(t, http.StatusUnauthorized, "invalid_credentials")
	page.Click("#access-button")
	page.AwaitText("#access-form .form-note", "enabled")
	page.Await(`document.querySelector("#access-button").textContent === "Disable the account"`)
	server.SignIn(t, "grace").WantAlive()
	grace.WantEnded()
	page.WantNoConsoleErrors()
}

func TestAdminActions_AnAdministratorMakesAnotherOne(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	page := administration(t, server)
	grace := server.SignUp(t, "grace")
	openUser(t, page, server, "grace")
	choose(page, "#role-role", "admin")
	page.Click("#role-button")
	page.AwaitText("#role-form .form-note", "Role changed")
	page.AwaitText("#user-badges", "administrator")
	grace.AsAdmin(http.MethodGet, "grace", "").Want(t, http.StatusOK, "")
	choose(page, "#role-role", "user")
	page.Click("#role-button")
	page.Await(`!document.querySelector("#user-badges").textContent.includes("administrator")`)
	grace.AsAdmin(http.MethodGet, "grace", "").Want(t, http.StatusForbidden, "forbidden")
	page.AwaitText("#history-rows li:first-child", "demoted by admin")
	page.WantNoConsoleErrors()
}

func TestAdminActions_UnlockAndResetLetTheUserIn(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	page := administration(t, server)
	server.SignUp(t, "grace")
	for range 100 {
		server.Client(t).Login("grace", harness.WrongPassword).Want(t, http.StatusUnauthorized, "invalid_credentials")
	}
	server.Client(t).Login("grace", harness.Password).Want(t, http.StatusUnauthorized, "invalid_credentials")
	openUser(t, page, server, "grace")
	page.AwaitText("#user-badges", "locked")
	page.Click("#unlock-button")
	page.AwaitText("#unlock-form .form-note", "unlocked")
	page.AwaitText("#unlock-text", "is not locked")
	server.SignIn(t, "grace").WantAlive()
	page.Click("#reset-button")
	page.AwaitText("#reset-form .form-note", "on its way")
	server.Reset(t, server.LastMail(t, harness.Email("grace")).Token(t)).Want(t, http.StatusOK, "")
	server.Client(t).Login("grace", harness.NextPassword).Want(t, http.StatusOK, "")
	page.WantNoConsoleErrors()
}

func TestAdminActions_EndOneSessionAndAll(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	page := administration(t, server)
	first := server.SignUp(t, "grace")
	phone := server.SignIn(t, "grace", "User-Agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1")
	openUser(t, page, server, "grace")
	page.Click(`#session-list button[aria-label*="iOS"]`)
	page.AwaitText("#sessions-form .form-note", "Session ended")
	page.Await(`document.querySelectorAll("#session-list li").length === 1 && document.activeElement.id === "sessions-title"`)
	phone.WantEnded()
	first.WantAlive()
	page.Click("#sessions-end")
	page.AwaitText("#sessions-form .form-note", "Sessions ended")
	page.AwaitText("#sessions-empty", "Signed in nowhere")
	first.WantEnded()
	page.WantNoConsoleErrors()
}

func TestAdminActions_DeleteAsksForTheNameAndLeavesTheEvents(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	page := administration(t, server)
	grace := server.SignUp(t, "grace")
	part := userPart(t, server, "grace")
	openUser(t, page, server, "grace")
	page.Click("#delete-button")
	page.Fill("#confirm-word", "graze")
	page.Click("#confirm-yes")
	page.AwaitText("#confirm-word-error", "Type grace")
	page.Do(chromedp.KeyEvent(kb.Escape))
	page.Await(`document.activeElement.id === "delete-button" && !document.querySelector("#confirm").open`)
	grace.WantAlive()
	page.Click("#delete-button")
	page.Await(`document.querySelector("#confirm-word").value === "" && document.querySelector("#confirm-word-error").textContent === ""`)
	page.Fill("#confirm-word", "grace")
	page.Do(chromedp.KeyEvent(kb.Enter))
	page.AwaitText("#status", "grace is deleted")
	awaitListed(page, "ada")
	grace.WantEnded()
	server.Client(t).Login("grace", harness.Password).Want(t, http.StatusUnauthorized, "invalid_credentials")
	openPart(page, server, part) // a bookmark of the account
	page.AwaitText("#missing-title", "There is no such user")
	page.Click("#missing-events")
	page.AwaitText("#events-rows", "deleted by admin")
	page.AwaitText("#events-rows", "deleted user")
	page.WantNoConsoleErrors()
}

func TestAdminActions_ARefusalStandsBesideItsButton(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	page := administration(t, server)
	openUser(t, page, server, "ada") // herself
	page.Click("#access-button")
	page.Click("#confirm-yes")
	page.AwaitText("#access-form .form-error", "own account")
	choose(page, "#role-role", "user")
	page.Click("#role-button")
	page.AwaitText("#role-form .form-error", "own account")
	page.Click("#delete-button")
	page.Fill("#confirm-word", "ada")
	page.Click("#confirm-yes")
	page.AwaitText("#delete-form .form-error", "own account")
	if user := server.User(t, "ada"); !user.Administers() {
		t.Errorf("ada is %s, disabled %v", user.Role, user.Disabled())
	}
	page.WantNoConsoleErrors()
}

// An administrator who loses the role sees nothing of others from the next action on.
func TestAdminActions_ADemotedAdministratorKeepsNothing(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	page := administration(t, server)
	boss := server.Administrator(t, "boss")
	server.SignUp(t, "grace")
	openUser(t, page, server, "grace")
	boss.AsAdminSetRole("ada", "user").Want(t, http.StatusOK, "")
	page.Click("#unlock-button")
	page.AwaitText("#forbidden", "sallyport user role ada admin")
	if kept := page.Text(`document.documentElement.outerHTML`); strings.Contains(kept, "grace") {
		t.Error("the page still has grace")
	}
	page.Click("#forbidden-again")
	page.AwaitText("#forbidden-title", "no administrator")
	boss.AsAdminSetRole("ada", "admin").Want(t, http.StatusOK, "")
	page.Click("#forbidden-again")
	page.AwaitText("#user-facts", "grace@example.com")
	page.WantNoConsoleErrors()
}

func TestAdminActions_AnAdministratorWhoseSessionEndsKeepsNothing(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	page := administration(t, server)
	server.SignUp(t, "grace")
	openUser(t, page, server, "grace")
	server.SignIn(t, "ada").Delete(harness.SessionsPath).Want(t, http.StatusOK, "")
	page.Click("#unlock-button")
	page.AwaitText("#signed-out-title", "You are signed out")
	if kept := page.Text(`document.documentElement.outerHTML`); strings.Contains(kept, "grace") {
		t.Error("the page still has grace")
	}
	page.WantNoConsoleErrors()
}

// An answer that comes late must not show one user above the buttons of another.
func TestAdminActions_ALateAnswerShowsNobodyElse(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	page := administration(t, server)
	grace, radia := server.SignUp(t, "grace"), server.SignUp(t, "radia")
	openPart(page, server, "")
	awaitListed(page, "radia grace ada")
	page.Do(chromedp.Evaluate[chromedp.Void](`{
		const real = window.fetch;
		window.fetch = async (url, init) => {
			const answer = await real(url, { ...init, signal: null });
			if (String(url).endsWith("/users/` + server.User(t, "grace").ID.String() + `")) {
				await new Promise((release) => (window.release = release));
				window.released = true;
			}
			return answer;
		};
	}`))
	visit := func(username string) {
		page.Do(chromedp.Evaluate[chromedp.Void](`location.hash = "` + userPart(t, server, username) + `"`))
	}
	visit("grace")
	page.Await(`window.release`)
	visit("radia")
	page.AwaitText("#user-facts", "radia@example.com")
	page.Do(chromedp.Evaluate[chromedp.Void](`window.release()`))
	page.Await(`window.released`)
	page.Click("#sessions-end")
	page.AwaitText("#sessions-form .form-note", "Sessions ended")
	page.AwaitText("#user-facts", "radia@example.com")
	radia.WantEnded()
	grace.WantAlive()
	page.WantNoConsoleErrors()
}
