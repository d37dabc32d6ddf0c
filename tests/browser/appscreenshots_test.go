package browser

import (
	"bytes"
	"flag"
	"image/png"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"sallyport/tests/harness"
)

var update = flag.Bool("update", false, "take the pictures of docs/images again")

const maxPicture = 300 << 10 // bytes: a page of the documentation loads them all

// The pictures of the documentation. `go test ./tests/browser -run TestScreenshots
// -update` takes them again.
func TestScreenshots_ArePicturesOfTheAppAndSmall(t *testing.T) {
	names := []string{"account.png", "theft.png", "phone.png", "admin.png"}
	if *update {
		takeScreenshots(t, names)
	}
	for _, name := range names {
		picture, err := os.ReadFile(screenshot(name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := png.Decode(bytes.NewReader(picture)); err != nil || len(picture) > maxPicture {
			t.Errorf("%s: %d bytes, %v", name, len(picture), err)
		}
	}
	files, err := filepath.Glob(screenshot("*"))
	if err != nil || len(files) != len(names) {
		t.Errorf("docs/images has %v, want %v: %v", files, names, err)
	}
}

func screenshot(name string) string {
	return filepath.Join(harness.Root(), "docs", "images", name)
}

func takeScreenshots(t *testing.T, names []string) {
	server, page := harness.SignedUpInApp(t)
	save := func(name, top string, look harness.Look) {
		page.SetLook(look)
		page.Do(chromedp.Evaluate[chromedp.Void](`document.activeElement.blur(); document.querySelector("` + top + `").scrollIntoView()`))
		harness.WriteFile(t, filepath.Dir(screenshot(name)), name, page.Screenshot())
	}
	page.HideScrollbars()
	page.Click("#expire")
	page.AwaitText("#chain", "2 live")
	page.Click("#ten")
	page.AwaitText("#line-form .form-note", "1 rotation")
	save(names[0], ".top", harness.Look{Width: 1280, Height: 860, Scale: 1.5})
	save(names[2], ".top", harness.Look{Width: 390, Height: 844, Scale: 2})
	page.Click("#theft-next")
	page.Fill("#proof-password", harness.Password)
	page.Click("#proof-form .primary")
	page.AwaitText("#theft-steps", "You sign in")
	steal(page, 2, 5)
	server.Clock.Advance(graceOver)
	page.Click("#theft-next")
	page.AwaitText("#theft-steps", "session_ended")
	save(names[1], "#theft", harness.Look{Width: 1280, Height: 1020, Dark: true, Scale: 1.25})
	page.Click("#logout")
	page.AwaitText("#status", "signed out")
	for i, name := range []string{"Radia Perlman", "Mary Jackson", "Katherine Johnson", "Grace Hopper"} {
		username := strings.ToLower(strings.Fields(name)[0])
		body := harness.Object("fullName", name, "username", username, "email", harness.Email(username), "password", harness.Password)
		client := server.Client(t)
		client.Header.Set("User-Agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0")
		client.Post(harness.RegisterPath, body).Want(t, http.StatusCreated, "")
		if i == 1 {
			server.Disable(t, username)
		}
	}
	server.Administrator(t, "jean")
	page.SignInAs("jean", harness.Password)
	page.AwaitText("#account-username", "jean")
	openUser(t, page, server, "grace")
	save(names[3], ".top", harness.Look{Width: 1280, Height: 860, Scale: 1.25})
}
