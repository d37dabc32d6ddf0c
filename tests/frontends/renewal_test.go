package frontends

import (
	"net/http"
	"strings"
	"testing"

	"sallyport/tests/harness"
)

// renewed is what each page does with an access token that has expired.
const renewed = "current-user 401, refresh-token 200, current-user 200"

// signedOut holds on a page of a framework.
const signedOut = `document.querySelector("#who").textContent === "signedOut"`

func TestFrontends_EachFrameworkRenewsOnceAndRepeats(t *testing.T) {
	t.Parallel()
	s := start(t)
	for _, tt := range []struct {
		page string
		left string // holds after signing out, where the page shows who is signed in
	}{
		{"account", `document.title === "signed out: signed_out"`},
		{"plain", ""},
		{"axios", ""},
		{"ky", ""},
		{"react", signedOut},
		{"vue", signedOut},
		{"svelte", signedOut},
		{"angular", ""},
	} {
		t.Run(tt.page, func(t *testing.T) {
			s := &site{t, s.server, s.front, s.browser}
			s.open(tt.page)
			s.front.Exchanges()
			s.server.Clock.Advance(pastExpiry)
			if shown := s.do("load"); shown != "Ada Lovelace" {
				t.Errorf("the page shows %q", shown)
			}
			s.wantSteps(renewed)
			if tt.left != "" {
				s.call("leave")
				s.browser.Await(tt.left)
			}
		})
	}
	s.wantNoConsoleErrors()
}

func TestFrontends_MediaRenewBeforeTheyAsk(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.open("media")
	for _, tt := range []struct{ step, shown, requests string }{
		{"picture", "asked", "refresh-token 200, current-user 200"},
		{"send", "200", "refresh-token 200, avatar 200"},
	} {
		s.front.Exchanges()
		s.server.Clock.Advance(pastExpiry)
		if shown := s.do(tt.step); shown != tt.shown {
			t.Errorf("%s: the page shows %q", tt.step, shown)
		}
		s.wantSteps(tt.requests)
	}
	s.server.Clock.Advance(pastExpiry)
	s.call("save")
	s.browser.AwaitPage(`location.pathname === "` + harness.CurrentUserPath + `"`)
	s.wantSteps("refresh-token 200, current-user 200")
}

func TestFrontends_ServiceWorkerKeepsNothingOfTheAccount(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.front.Add("/sw.js", []byte(blocks(t)["sw.js"]))
	s.front.Handle("/private", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Cache-Control", "private, no-store") })
	s.open("worker")
	if cached := s.do("load"); !strings.Contains(cached, "/worker.js") || strings.Contains(cached, "/api/") || strings.Contains(cached, "/private") {
		t.Errorf("in the caches: %s", cached)
	}
	if kept := s.do("leave"); kept != "nothing is kept" {
		t.Error(kept)
	}
	s.wantNoConsoleErrors()
}
