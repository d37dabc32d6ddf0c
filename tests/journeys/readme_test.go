package journeys

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"sallyport/tests/harness"
)

// TestReadme_EveryCommandOfCurlWorks runs them all, from the first to the last.
func TestReadme_EveryCommandOfCurlWorks(t *testing.T) {
	t.Parallel()
	commands := regexp.MustCompile(`(?m)^curl -sS .*`).FindAllString(harness.ReadPage(t, "README.md"), -1)
	want := []int{201, 200, 200, 200, 401, 200, 200, 200, 200, 200, 200, 200, 200}
	if len(commands) != len(want) {
		t.Fatalf("README.md shows %d commands, want %d", len(commands), len(want))
	}
	s := newShell(t, harness.Start(t).PlainURL)
	for i, command := range commands {
		status, body := s.run(command)
		if status != want[i] {
			t.Errorf("%s\nanswered %d, want %d: %s", command, status, want[i], body)
		}
		var answer struct {
			Data struct{ AccessToken, RefreshToken string }
		}
		if strings.Contains(body, `"accessToken":`) && json.Unmarshal([]byte(body), &answer) == nil { // the reader copies them
			s.env = []string{"ACCESS_TOKEN=" + answer.Data.AccessToken, "REFRESH_TOKEN=" + answer.Data.RefreshToken}
		}
	}
	if len(s.env) == 0 {
		t.Error("no answer had tokens in its body")
	}
}

func TestReadme_AWorkingSessionIsWithinTheFirstTwentyLines(t *testing.T) {
	t.Parallel()
	lines := strings.Split(harness.ReadPage(t, "README.md"), "\n")
	for _, want := range []string{"go run .", "curl .*/auth/register", "curl .*/current-user", "curl .*/refresh-token", "curl .*/logout"} {
		if !slices.ContainsFunc(lines[:20], regexp.MustCompile("^"+want+"$").MatchString) {
			t.Errorf("line 1 to 20 have no %s", want)
		}
	}
}

// TestReadme_EveryStartWorks starts the program with each setting that the page
// shows before `go run .`.
func TestReadme_EveryStartWorks(t *testing.T) {
	t.Parallel()
	starts := regexp.MustCompile("`((?:[A-Z_]+=\\S+ )+)go run \\.`").FindAllStringSubmatch(harness.ReadPage(t, "README.md"), -1)
	if len(starts) < 4 {
		t.Fatalf("only %q", starts)
	}
	for _, start := range starts {
		t.Run(start[1], func(t *testing.T) {
			t.Parallel()
			variables := strings.Fields(strings.Replace(start[1], "PORT=8081", fmt.Sprintf("PORT=%d", harness.FreePort(t)), 1))
			p := harness.Built(t).Serve(t, t.TempDir(), variables...)
			p.CurrentUser(p.SignUp("ada").Access).Want(t, 200, "")
		})
	}
}

// TestReadme_TheFrontendRenewsAndRepeats runs the script of the page in a browser.
func TestReadme_TheFrontendRenewsAndRepeats(t *testing.T) {
	t.Parallel()
	server, page := harness.SignedUpInApp(t)
	script := strings.NewReplacer(
		`import { createClient } from "http://localhost:8080/client.js";`, `const { createClient } = await import("/client.js");`, // Evaluate runs no module
		"http://localhost:8080", server.PlainURL,
	).Replace(harness.CodeBlock(t, "README.md", "From a frontend", "js"))
	page.Do(chromedp.Evaluate[chromedp.Void](`window.outcome = "";
		(async () => { ` + script + `
			window.client = client;
			return String(answer.status);
		})().then(status => { outcome = status }, failure => { outcome = String(failure) });`))
	page.Await(`outcome !== ""`)
	if got := page.Text("outcome"); got != "200" {
		t.Fatalf("the script ends with %s", got)
	}
	server.Clock.Advance(16 * time.Minute)
	page.Do(chromedp.Evaluate[chromedp.Void](`window.outcome = "";
		Promise.all([1, 2, 3].map(() => client.fetch("/api/v1/users/current-user"))).then(
			answers => { outcome = answers.map(a => a.status).join() }, failure => { outcome = String(failure) });`))
	page.Await(`outcome !== ""`)
	if got := page.Text("outcome"); got != "200,200,200" {
		t.Errorf("three calls with an expired token end with %s", got)
	}
}

// TestIndex_ListsEveryPage goes over docs and its folders.
func TestIndex_ListsEveryPage(t *testing.T) {
	t.Parallel()
	index := harness.ReadPage(t, "docs/README.md")
	docs := filepath.Join(harness.Root(), "docs")
	pages := 0
	err := fs.WalkDir(os.DirFS(docs), ".", func(path string, _ fs.DirEntry, err error) error {
		if filepath.Ext(path) != ".md" || path == "README.md" {
			return err
		}
		if pages++; !strings.Contains(index, "("+path+")") {
			t.Errorf("docs/README.md does not list %s", path)
		}
		return nil
	})
	if err != nil || pages < 20 {
		t.Errorf("%d pages: %v", pages, err)
	}
}
