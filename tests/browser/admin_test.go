package browser

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"sallyport/tests/harness"
)

// administration returns a page on which Ada, an administrator, has signed in.
func administration(t *testing.T, server *harness.Server) *harness.Page {
	t.Helper()
	page := harness.Chromium(t)
	server.Administrator(t, "ada")
	page.OpenApp(server)
	page.SignInAs("ada", harness.Password)
	page.AwaitText("#account-username", "ada")
	return page
}

// openPart opens a part of the administration by its address, as from a bookmark.
func openPart(page *harness.Page, server *harness.Server, part string) {
	page.Do(chromedp.Navigate("about:blank"), chromedp.Navigate(server.PlainURL+"/admin"+part))
}

// openUser opens the page of a user, and waits for it.
func openUser(t *testing.T, page *harness.Page, server *harness.Server, username string) {
	t.Helper()
	openPart(page, server, userPart(t, server, username))
	page.AwaitText("#user-facts", harness.Email(username))
}

// userPart is the part of the administration that shows the user.
func userPart(t *testing.T, server *harness.Server, username string) string {
	t.Helper()
	return "#/users/" + server.User(t, username).ID.String()
}

// listed are the usernames in the list, in its order.
const listed = `[...document.querySelectorAll("#users-rows th .quiet")].map((e) => e.textContent.split(" ")[0]).join(" ")`

func awaitListed(page *harness.Page, want string) {
	page.Await(fmt.Sprintf(`document.querySelector("#users").checkVisibility() && document.querySelector("#users-list").ariaBusy !== "true" && %s === %q`, listed, want))
}

func TestAdmin_TheAppLinksItForAdministratorsAlone(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	page := administration(t, server)
	page.AwaitText("#admin-link", "Administration")
	page.Click("#logout")
	page.AwaitText("#status", "You are signed out")
	shown := `String(document.querySelector("#admin-link").checkVisibility())`
	if page.Text(shown) != "false" {
		t.Error("the link is shown to a visitor")
	}
	server.SignUp(t, "grace")
	page.SignInAs("grace", harness.Password)
	page.AwaitText("#account-username", "grace")
	if page.Text(shown) != "false" {
		t.Error("the link is shown to a user")
	}
	page.Click("#logout")
	page.AwaitText("#status", "You are signed out")
	page.SignInAs("ada", harness.Password)
	page.Click("#admin-link")
	page.AwaitPage(`document.querySelector("#users-title")?.checkVisibility()`)
	page.WantNoConsoleErrors()
}

func TestAdmin_FindsUsersByPrefixRoleAndStatus(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	page := administration(t, server)
	for _, name := range []string{"grace", "grace_2", "gracex2", "radia"} {
		server.SignUp(t, name)
	}
	server.Verify(t, server.LastMail(t, harness.Email("radia")).Token(t)).Want(t, http.StatusOK, "")
	openPart(page, server, "")
	awaitListed(page, "radia gracex2 grace_2 grace ada")
	page.Fill("#users-search", "grace_")
	page.Click("#users-form .primary")
	awaitListed(page, "grace_2") // and not gracex2
	page.Fill("#users-search", "%")
	page.Click("#users-form .primary")
	awaitListed(page, "")
	page.AwaitText("#users-empty", "No user is like that")
	page.Do(chromedp.NavigateBack())
	awaitListed(page, "grace_2")
	page.Do(chromedp.NavigateBack())
	awaitListed(page, "radia gracex2 grace_2 grace ada")
	if left := page.Text(`document.querySelector("#users-search").value`); left != "" {
		t.Errorf("after going back the filter still says %q", left)
	}
	choose(page, "#users-role", "admin")
	awaitListed(page, "ada")
	openPart(page, server, "#/users?status=unverified&search=GRACE%40") // a bookmark
	awaitListed(page, "grace")
	page.Click("#users-rows a")
	page.AwaitText("#user-facts", "grace@example.com")
	page.Click("#user-back") // with the filters
	awaitListed(page, "grace")
	openPart(page, server, "#/users?role=root")
	page.AwaitText("#users-role-error", "must be")
	page.WantNoConsoleErrors()
}

// choose selects an option as a person does.
func choose(page *harness.Page, field, value string) {
	page.Await(fmt.Sprintf(`document.querySelector(%q).checkVisibility()`, field))
	page.Do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(
		`(e => { e.value = %q; e.dispatchEvent(new Event("change", { bubbles: true })); })(document.querySelector(%q))`, value, field)))
}

func TestAdmin_PagesThroughManyUsersEachOnce(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	page := administration(t, server)
	want := "ada"
	for i := range 110 {
		name := fmt.Sprintf("user%03d", i)
		server.SignUp(t, name)
		want = name + " " + want
	}
	openPart(page, server, "")
	page.AwaitText("#users-count", "50 shown")
	server.SignUp(t, "late") // moves nobody to another page
	page.Click("#users-more")
	page.AwaitText("#users-count", "100 shown")
	page.Await(`document.activeElement === document.querySelector("#users-rows tr:nth-child(51) a")`)
	page.Click("#users-more")
	page.AwaitText("#users-count", "111 shown, no more")
	awaitListed(page, want)
	if page.Text(`String(document.querySelector("#users-more").checkVisibility())`) == "true" {
		t.Error("the last page offers more")
	}
	page.WantNoConsoleErrors()
}

func TestAdmin_FiltersEventsOfEverybody(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	page := administration(t, server)
	server.SignUp(t, "grace").ChangePassword(harness.Password, harness.NextPassword)
	openPart(page, server, "#/events")
	page.AwaitText("#events-rows", "password changed")
	events := `[...document.querySelectorAll("#events-rows strong, #events-rows .strong")].map((e) => e.textContent).join(", ")`
	await := func(want string) {
		t.Helper()
		page.Await(fmt.Sprintf(`document.querySelector("#events-list").ariaBusy !== "true" && %s === %q`, events, want))
	}
	page.Fill("#events-event", "registered")
	page.Click("#events-form .primary")
	await("registered, registered")
	page.Fill("#events-user", server.User(t, "grace").ID.String())
	page.Click("#events-form .primary")
	await("registered")
	page.Click("#events-rows .quiet a") // whom it happened to
	page.AwaitText("#user-facts", "grace@example.com")
	page.Do(chromedp.NavigateBack())
	await("registered")
	page.Fill("#events-user", "grace")
	page.Click("#events-form .primary")
	page.AwaitText("#events-user-error", "must be")
	await("")
	openPart(page, server, "#/events?from=2001-01-01T00:00:00.000Z&to=2002-01-01T00:00:00.000Z")
	page.AwaitText("#events-empty", "No event is like that")
	if from := page.Text(`new Date(document.querySelector("#events-from").value).toISOString()`); from != "2001-01-01T00:00:00.000Z" {
		t.Errorf("the field says %s", from)
	}
	page.WantNoConsoleErrors()
}

func TestAdmin_DownloadsTheEventsThatAreShown(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	page := administration(t, server)
	server.SignUp(t, "grace")
	openPart(page, server, "#/events?event=registered&user="+server.User(t, "grace").ID.String())
	page.AwaitText("#events-rows", "registered")
	folder := t.TempDir()
	page.SaveDownloads(folder)
	page.Click("#events-csv")
	var saved []byte
	harness.Await(t, func() (err error) { // it gets its name when it is whole
		saved, err = os.ReadFile(filepath.Join(folder, "events.csv"))
		return err
	})
	lines := strings.Split(strings.TrimSpace(string(saved)), "\n")
	if len(lines) != 2 || !strings.Contains(lines[1], "grace") || !strings.Contains(lines[1], "registered") {
		t.Errorf("got %q", lines)
	}
	page.WantNoConsoleErrors()
}

// Texts that users choose: a name, a user agent.
func TestAdmin_ShowsTextOfUsersAsText(t *testing.T) {
	t.Parallel()
	const markup = `<img src=x alt=y onerror="window.taken=1">`
	server := harness.Start(t)
	page := administration(t, server)
	mallory := server.Client(t)
	mallory.Header.Set("User-Agent", markup)
	mallory.Post(harness.RegisterPath, harness.Object("fullName", markup, "username", "mallory", "email", "mallory@example.com", "password", harness.Password)).Want(t, http.StatusCreated, "")
	for part, element := range map[string]string{
		"#/users":                            "#users-rows",
		"#/users?search=%3Cimg":              "#users-rows",
		userPart(t, server, "mallory"):       "#user-title",
		userPart(t, server, "mallory") + "?": "#session-list",
	} {
		openPart(page, server, part)
		page.AwaitText(element, markup)
	}
	openPart(page, server, "#/events?ip="+"%3Cimg%20src=x%20alt=y%3E&event="+"%3Cimg%20src=x%20alt=y%3E")
	page.AwaitText("#events-list", "")
	if made := page.Text(`String(document.querySelectorAll("img[alt=y]").length) + window.taken`); made != "0undefined" {
		t.Errorf("the text became %s", made)
	}
	page.WantNoConsoleErrors()
}

// Operators may bring templates of mail for such a language.
func TestAdmin_ShowsAUserWhoseLanguageHasNoName(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	page := administration(t, server)
	server.SignUp(t, "grace")
	if _, err := server.SQL(t).ExecContext(t.Context(), "UPDATE users SET locale = 'x-pirate' WHERE username = 'grace'"); err != nil {
		t.Fatal(err)
	}
	openUser(t, page, server, "grace")
	page.AwaitText("#user-facts", "x-pirate")
	page.WantNoConsoleErrors()
}

func TestAdmin_NoTokenIsInThePageOrItsStorage(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	page := administration(t, server)
	server.SignUp(t, "grace")
	openUser(t, page, server, "grace")
	page.Click("#reset-button")
	page.AwaitText("#reset-form .form-note", "on its way")
	held := wantTokensHidden(t, page, server.PlainURL)
	seen := page.Text(`document.documentElement.outerHTML + JSON.stringify({ ...localStorage, ...sessionStorage })`)
	hash := server.User(t, "grace").PasswordHash
	for _, secret := range []string{held.Access, held.Refresh, hash, server.User(t, "grace").Sessions[0].TokenID} {
		if secret == "" || strings.Contains(seen, secret) {
			t.Errorf("the page holds %q", secret)
		}
	}
	page.WantNoConsoleErrors()
}

// The browser keeps the whole page for the button Back, as it is after pagehide.
func TestAdmin_BackAfterSignOutShowsNobody(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	page := administration(t, server)
	server.SignUp(t, "grace")
	openUser(t, page, server, "grace")
	const kept = `document.documentElement.outerHTML`
	left := page.Text(`(dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true })), ` + kept + `)`)
	if strings.Contains(left, "grace") {
		t.Error("the page that the browser keeps has grace")
	}
	page.Do(chromedp.Navigate(server.PlainURL + "/"))
	page.Click("#logout")
	page.AwaitText("#status", "You are signed out")
	page.Do(chromedp.NavigateBack())
	page.AwaitPage(`document.querySelector("#signed-out-title")?.checkVisibility()`)
	if strings.Contains(page.Text(kept), "grace") {
		t.Error("after going back the page has grace")
	}
	page.WantNoConsoleErrors()
}
