package journeys

import (
	"slices"
	"testing"
	"time"

	"sallyport/tests/harness"
)

const (
	chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
	safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)

func TestSessions_ListNamesTheDevicesMostRecentlyUsedFirst(t *testing.T) {
	server := harness.Start(t)
	server.SignUp(t, "ada")
	server.Clock.Advance(time.Minute)
	desk := server.SignIn(t, "ada", "User-Agent", chrome)
	server.Clock.Advance(time.Minute)
	phone := server.SignIn(t, "ada", "User-Agent", safari)
	server.Clock.Advance(time.Minute)
	desk.Refresh().Want(t, 200, "") // now the most recently used

	sessions := phone.Sessions()
	if len(sessions) != 3 {
		t.Fatalf("%d sessions, want 3", len(sessions))
	}
	for i, want := range []struct {
		device  string
		current bool
	}{{"Chrome on Windows", false}, {"Safari on iOS", true}, {"Go-http-client", false}} {
		if got := sessions[i]; got.Device != want.device || got.Current != want.current {
			t.Errorf("session %d is %q, current %v; want %q, %v", i, got.Device, got.Current, want.device, want.current)
		}
	}
	first := sessions[0]
	if first.UserAgent != chrome || first.IP != "127.0.0.1" {
		t.Errorf("userAgent %q, ip %q", first.UserAgent, first.IP)
	}
	if used := first.LastUsedAt.Sub(first.SignedInAt); used != 2*time.Minute {
		t.Errorf("last used %v after sign-in, want 2m", used)
	}
	if rest := first.ExpiresAt.Sub(server.Clock.Now()).Round(time.Minute); rest != 7*24*time.Hour {
		t.Errorf("expires in %v, want 7d", rest)
	}
}

func TestSessions_DeviceIsNeverEmpty(t *testing.T) {
	server := harness.Start(t, "MAX_SESSIONS=1")
	server.SignUp(t, "ada")
	for userAgent, want := range map[string]string{
		"curl/8.14.1":  "curl",
		"":             "Unknown device", // Go sends no header at all then
		"()":           "Unknown device", // nothing to read a name from
		"\u200b\u200e": "Unknown device", // not printable, not kept
	} {
		if got := server.SignIn(t, "ada", "User-Agent", userAgent).Sessions()[0].Device; got != want {
			t.Errorf("%q is shown as %q, want %q", userAgent, got, want)
		}
	}
}

func TestSessions_ExpiredOnesAreLeftOut(t *testing.T) {
	server := harness.Start(t)
	server.SignUp(t, "ada")
	server.Clock.Advance(6 * 24 * time.Hour)
	later := server.SignIn(t, "ada", "User-Agent", chrome)
	if n := len(later.Sessions()); n != 2 {
		t.Fatalf("%d sessions before the first expires, want 2", n)
	}
	server.Clock.Advance(24*time.Hour + time.Second)
	later.Refresh().Want(t, 200, "")
	if n := len(later.Sessions()); n != 1 {
		t.Errorf("%d sessions after the first expired, want 1", n)
	}
}

func TestSessions_NeedASession(t *testing.T) {
	client := harness.Start(t).Client(t)
	client.Get(harness.SessionsPath).Want(t, 401, "missing_token")
	client.Delete(harness.SessionsPath).Want(t, 401, "missing_token")
	client.Delete(harness.SessionsPath+"/any").Want(t, 401, "missing_token")
}

func TestEndSession_EndedDeviceIsRefusedAtOnce(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		ada := server.SignUp(t, "ada")
		other := server.SignIn(t, "ada", "User-Agent", chrome)
		other.WantAlive()
		id := other.SessionID()

		answer := ada.Delete(harness.SessionsPath+"/"+id).Want(t, 200, "")
		if answer.Message != "Session ended" || len(answer.Cookies()) != 0 {
			t.Errorf("message %q, cookies %q", answer.Message, answer.Header.Values("Set-Cookie"))
		}
		other.WantEnded()
		ada.WantAlive()
		ada.Delete(harness.SessionsPath+"/"+id).Want(t, 404, "not_found")
	})
}

func TestEndSession_TheCurrentOneClearsTheCookies(t *testing.T) {
	server := harness.Start(t)
	ada := server.SignUp(t, "ada")
	stolen := ada.Copy()
	ada.Delete(harness.SessionsPath+"/"+ada.SessionID()).Want(t, 200, "")
	ada.WantNoTokens()
	stolen.WantEnded()
}

func TestEndSession_NotAnotherUsersAndNothingMalformed(t *testing.T) {
	server := harness.Start(t)
	ada := server.SignUp(t, "ada")
	mallory := server.SignUp(t, "mallory")
	for _, id := range []string{
		ada.SessionID(), // hers: the same answer as for nobody's
		"01890a5d-ac96-774b-bcce-b302099a8057",
		"00000000-0000-0000-0000-000000000000",
		"not-an-id",
		"%00",
		"%27%20OR%201=1",
		"%ff",
	} {
		mallory.Delete(harness.SessionsPath+"/"+id).Want(t, 404, "not_found")
	}
	ada.WantAlive()
	mallory.WantAlive()
}

func TestEndSessions_OthersOrAll(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		desk := server.SignUp(t, "ada")
		phone, tablet := server.SignIn(t, "ada", "User-Agent", safari), server.SignIn(t, "ada", "User-Agent", chrome)

		for _, query := range []string{"?all=yes", "?all=", "?all=TRUE", "?all=true&all=false", "?all=%zz", "?all=true;"} {
			answer := desk.Delete(harness.SessionsPath+query).Want(t, 400, "validation_failed")
			if !slices.Equal(answer.Fields(), []string{"all"}) {
				t.Errorf("%s: errors %v do not name all", query, answer.Errors)
			}
		}
		phone.WantAlive()

		answer := desk.Delete(harness.SessionsPath).Want(t, 200, "")
		if string(answer.Data) != `{"ended":2}` || answer.Message != "Other sessions ended" || len(answer.Cookies()) != 0 {
			t.Errorf("%s with cookies %q", answer.Raw, answer.Header.Values("Set-Cookie"))
		}
		phone.WantEnded()
		tablet.WantEnded()
		desk.WantAlive()
		if answer := desk.Delete(harness.SessionsPath+"?all=false").Want(t, 200, ""); string(answer.Data) != `{"ended":0}` {
			t.Errorf("with nothing left to end: %s", answer.Raw)
		}

		phone = server.SignIn(t, "ada", "User-Agent", safari)
		copied := desk.Copy()
		if answer := desk.Delete(harness.SessionsPath+"?all=true").Want(t, 200, ""); string(answer.Data) != `{"ended":2}` {
			t.Errorf("with all=true: %s", answer.Raw)
		}
		desk.WantNoTokens()
		phone.WantEnded()
		copied.WantEnded()
	})
}

func TestMaxSessions_OneIsStreamify(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		first := server.SignUp(t, "ada")
		second := server.SignIn(t, "ada", "User-Agent", chrome)
		first.WantEnded()
		second.WantAlive()
		if n := len(second.Sessions()); n != 1 {
			t.Errorf("%d sessions, want 1", n)
		}
	}, "MAX_SESSIONS=1")
}

func TestMaxSessions_LeastRecentlyUsedIsEvicted(t *testing.T) {
	server := harness.Start(t, "MAX_SESSIONS=2")
	oldest := server.SignUp(t, "ada")
	server.Clock.Advance(time.Minute)
	idle := server.SignIn(t, "ada", "User-Agent", safari)
	server.Clock.Advance(time.Minute)
	oldest.Refresh().Want(t, 200, "") // signed in first, used last
	server.Clock.Advance(time.Minute)
	newest := server.SignIn(t, "ada", "User-Agent", chrome)
	idle.WantEnded()
	oldest.WantAlive()
	newest.WantAlive()
}
