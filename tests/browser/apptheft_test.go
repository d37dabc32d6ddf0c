package browser

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sallyport/tests/harness"
)

const graceOver = 11 * time.Second // REFRESH_GRACE is 10

// steal goes on to the step with this number, counted in what the lanes show.
func steal(page *harness.Page, from, to int) {
	for n := from; n <= to; n++ {
		page.Click("#theft-next")
		page.Await(fmt.Sprintf(`document.querySelectorAll("#theft-steps li").length === %d`, n))
	}
}

func TestTheft_AReplayAfterTheGraceEndsTheSessionForBoth(t *testing.T) {
	t.Parallel()
	server, page := demoPerson(t)
	steal(page, 1, 5)
	result := func(step int) string {
		return page.Text(fmt.Sprintf(`document.querySelectorAll("#theft-steps code")[%d].textContent`, step-1))
	}
	if result(1) != result(2) {
		t.Error("the thief copied another token")
	}
	if result(3) == result(1) || result(4) != result(3) {
		t.Errorf("the replay within the grace got %s, you got %s", result(4), result(3))
	}
	page.AwaitText("#theft-form .form-note", "ends in")
	page.Click("#theft-next")
	page.AwaitText("#theft-form .form-note", "Still within the grace")

	server.Clock.Advance(graceOver)
	page.Click("#theft-next")
	page.AwaitText("#theft-steps", "token_reused")
	page.AwaitText("#theft-steps li:last-child", "session_ended")
	page.Await(`document.querySelector("#theft-stage").dataset.out === "true"`)
	page.AwaitText("#log", "theft noticed")
	if n := strings.Count(server.Log.String(), "refresh_token_reuse"); n != 1 {
		t.Errorf("the server noticed %d thefts", n)
	}
	page.Click("#devices-load") // the session of the browser lives
	page.Await(inspected + `.endsWith("sessions 200")`)
	page.Click("#theft-again")
	page.AwaitText("#theft-next", "Begin")
	page.WantNoConsoleErrors()
}

// No token is shown whole, though this page holds those of the second device.
func TestTheft_ShowsNoTokenThatCouldBeUsed(t *testing.T) {
	t.Parallel()
	_, page := demoPerson(t)
	steal(page, 1, 5)
	page.Click(`#log [aria-label*="GET current-user"]`)
	page.AwaitText("#inspect-curl", "Bearer ••••")
	page.Click(`#log [aria-label*="POST refresh-token"]`)
	page.Click("#tab-answer")
	page.AwaitText("#inspect-got", `"refreshToken": "••••…`)
	if strings.Contains(page.Text("document.documentElement.outerHTML"), "eyJ") {
		t.Error("the page shows a token")
	}
}
