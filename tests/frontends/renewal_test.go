package frontends

import (
	"strings"
	"testing"

	"sallyport/tests/harness"
)

// renewed is what each page does with an access token that has expired.
const renewed = "current-user 401, refresh-token 200, current-user 200"

func TestFrontends_EachFrameworkRenewsOnceAndRepeats(t *testing.T) {
	t.Parallel()
	s := start(t)
	for _, tt := range []struct {
		page string
		left string // what the page shows after signing out, in the element #who
	}{
		{"account", ""},
		{"plain", ""},
		{"axios", ""},
		{"ky", ""},
		{"react", "signedOut"},
		{"vue", "signedOut"},
		{"svelte", "signedOut"},
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
				s.do("leave")
				s.browser.Await(`document.querySelector("#who").textContent === "` + tt.left + `"`)
			}
		})
	}
	s.wantNoConsoleErrors()
}

func TestFrontends_SigningOutIsSeenByTheListener(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.open("account")
	if title := s.do("leave"); title != "signed out: signed_out" {
		t.Errorf("the title is %q", title)
	}
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
	s.do("save")
	s.browser.AwaitPage(`location.pathname === "` + harness.CurrentUserPath + `"`)
	s.wantSteps("refresh-token 200, current-user 200")
}

func TestFrontends_ServiceWorkerKeepsNoAnswerOfTheAPI(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.front.Add("/sw.js", []byte(blocks(t)["sw.js"]))
	s.open("worker")
	if cached := s.do("load"); !strings.Contains(cached, "/worker.js") || strings.Contains(cached, "/api/") {
		t.Errorf("in the caches: %s", cached)
	}
	if kept := s.do("leave"); kept != "nothing is kept" {
		t.Error(kept)
	}
	s.wantNoConsoleErrors()
}
