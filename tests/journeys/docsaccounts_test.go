package journeys

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sallyport/tests/harness"
)

// pageCommand is what docs/accounts.md shows in its blocks, line by line; mailOf is
// the kind of mail that a line reads.
var (
	pageBlock = regexp.MustCompile("(?s)\n```sh\n(.*?)```")
	mailOf    = regexp.MustCompile(`\$\(token (\w+)\)`)
)

// TestAccountsPage_EveryCommandWorks runs the page from top to bottom, on the built
// program as it comes, limits of mail included.
func TestAccountsPage_EveryCommandWorks(t *testing.T) {
	t.Parallel()
	want := []int{
		201, 200, 200, // sign up and verify
		200, 200, // change the email
		200, 200, 200, // recover
		200, 200, 200, // take the change back
		200,                // profile
		200, 200, 200, 201, // pictures
		200,      // activity
		200, 401, // delete
	}
	dir := t.TempDir()
	s := newShell(t, harness.Built(t).Serve(t, dir, "RATE_LIMITS=on").URL)
	s.dir = dir
	functions, used := "", map[string]int{} // mails that were read, by kind
	for _, block := range pageBlock.FindAllStringSubmatch(harness.ReadPage(t, "docs/accounts.md"), -1) {
		for line := range strings.Lines(block[1]) {
			switch line = strings.TrimSpace(line); {
			case strings.HasPrefix(line, "#"):
			case strings.HasPrefix(line, "token()"), strings.HasPrefix(line, "echo "):
				functions += line + "; "
			default:
				if kind := mailOf.FindStringSubmatch(line); kind != nil {
					awaitMail(t, dir, kind[1], used)
				}
				status, body := s.run(functions + line)
				if len(want) == 0 || status != want[0] {
					t.Fatalf("%s\nanswered %d, want the first of %v: %s", line, status, want, body)
				}
				want = want[1:]
			}
		}
	}
	if len(want) > 0 {
		t.Errorf("the page ends before %v", want)
	}
}

// awaitMail waits for one mail of the kind more than were read before. The program
// writes it after its answer. The first kind is read twice, once in vain.
func awaitMail(t *testing.T, dir, kind string, used map[string]int) {
	t.Helper()
	if kind != "verify_email" || used[kind] == 0 {
		used[kind]++
	}
	harness.Await(t, func() error {
		mails, err := filepath.Glob(filepath.Join(dir, "data/outbox/*-"+kind+"-*.eml"))
		if err == nil && len(mails) < used[kind] {
			err = fmt.Errorf("%d mails %s, want %d", len(mails), kind, used[kind])
		}
		return err
	})
}
