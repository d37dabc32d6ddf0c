package journeys

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"sallyport/tests/harness"
)

const (
	sessionsPath = "/api/v1/users/sessions"
	loginPath    = "/api/v1/auth/login"

	chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
	safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)

type listed struct {
	ID, Device, UserAgent, IP         string
	SignedInAt, LastUsedAt, ExpiresAt time.Time
	Current                           bool
}

// list returns the client's sessions as the API lists them.
func list(t *testing.T, c *harness.Client) []listed {
	t.Helper()
	var sessions []listed
	if err := json.Unmarshal(c.Get(sessionsPath).Want(t, 200, "").Data, &sessions); err != nil {
		t.Fatal(err)
	}
	return sessions
}

// currentID returns the id of the client's own session.
func currentID(t *testing.T, c *harness.Client) string {
	t.Helper()
	id := ""
	for _, s := range list(t, c) {
		if s.Current && id != "" {
			t.Fatal("two sessions are the current one")
		}
		if s.Current {
			id = s.ID
		}
	}
	if id == "" {
		t.Fatal("no session is the current one")
	}
	return id
}

// signedIn returns one more device on which Ada has just signed in.
func signedIn(t *testing.T, server *harness.Server, userAgent string) *harness.Client {
	t.Helper()
	c := server.Client(t)
	c.Header["User-Agent"] = []string{userAgent}
	c.Post(loginPath, harness.AdaLogin).Want(t, 200, "")
	return c
}

func remove(c *harness.Client, path string) harness.Answer {
	return c.Send(http.MethodDelete, path, "", "")
}

// wantEnded fails unless the device presents two tokens and both are refused
// because their session has ended.
func wantEnded(t *testing.T, who string, c *harness.Client) {
	t.Helper()
	copied := c.Copy(t) // a refused refresh clears the jar
	if answer := copied.Get(currentUser); answer.Code != "session_ended" {
		t.Fatalf("%s: the access token is answered %s", who, answer.Raw)
	}
	if answer := copied.Post(refreshPath, ""); answer.Code != "session_ended" {
		t.Fatalf("%s: the refresh token is answered %s", who, answer.Raw)
	}
}

func wantAlive(t *testing.T, c *harness.Client) {
	t.Helper()
	c.Get(currentUser).Want(t, 200, "")
	c.Post(refreshPath, "").Want(t, 200, "")
}

func TestSessions_ListNamesTheDevicesMostRecentlyUsedFirst(t *testing.T) {
	server := harness.Start(t)
	signedUp(t, server)
	server.Clock.Advance(time.Minute)
	desk := signedIn(t, server, chrome)
	server.Clock.Advance(time.Minute)
	phone := signedIn(t, server, safari)
	server.Clock.Advance(time.Minute)
	desk.Post(refreshPath, "").Want(t, 200, "") // now the most recently used

	sessions := list(t, phone)
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
	signedUp(t, server)
	for userAgent, want := range map[string]string{
		"curl/8.14.1":  "curl",
		"":             "Unknown device", // Go sends no header at all then
		"()":           "Unknown device", // nothing to read a name from
		"\u200b\u200e": "Unknown device", // not printable, not kept
	} {
		if got := list(t, signedIn(t, server, userAgent))[0].Device; got != want {
			t.Errorf("%q is shown as %q, want %q", userAgent, got, want)
		}
	}
}

func TestSessions_ExpiredOnesAreLeftOut(t *testing.T) {
	server := harness.Start(t)
	signedUp(t, server)
	server.Clock.Advance(6 * 24 * time.Hour)
	later := signedIn(t, server, chrome)
	if n := len(list(t, later)); n != 2 {
		t.Fatalf("%d sessions before the first expires, want 2", n)
	}
	server.Clock.Advance(24*time.Hour + time.Second)
	later.Post(refreshPath, "").Want(t, 200, "")
	if n := len(list(t, later)); n != 1 {
		t.Errorf("%d sessions after the first expired, want 1", n)
	}
}

func TestSessions_NeedASession(t *testing.T) {
	client := harness.Start(t).Client(t)
	client.Get(sessionsPath).Want(t, 401, "missing_token")
	remove(client, sessionsPath).Want(t, 401, "missing_token")
	remove(client, sessionsPath+"/any").Want(t, 401, "missing_token")
}

func TestEndSession_EndedDeviceIsRefusedAtOnce(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, start func(...string) *harness.Server) {
		server := start()
		ada := signedUp(t, server)
		lost := signedIn(t, server, chrome)
		wantAlive(t, lost)
		id := currentID(t, lost)

		answer := remove(ada, sessionsPath+"/"+id).Want(t, 200, "")
		if answer.Message != "Session ended" || len(answer.Header.Values("Set-Cookie")) != 0 {
			t.Errorf("message %q, cookies %q", answer.Message, answer.Header.Values("Set-Cookie"))
		}
		wantEnded(t, "the ended device", lost)
		wantAlive(t, ada)
		remove(ada, sessionsPath+"/"+id).Want(t, 404, "not_found")
	})
}

func TestEndSession_TheCurrentOneClearsTheCookies(t *testing.T) {
	server := harness.Start(t)
	ada := signedUp(t, server)
	thief := ada.Copy(t)
	remove(ada, sessionsPath+"/"+currentID(t, ada)).Want(t, 200, "")
	if a, r := ada.Cookie("accessToken"), ada.Cookie("refreshToken"); a != "" || r != "" {
		t.Errorf("the jar still holds %q and %q", a, r)
	}
	wantEnded(t, "a copy of the ended session", thief)
}

func TestEndSession_NotAnotherUsersAndNothingMalformed(t *testing.T) {
	server := harness.Start(t)
	ada := signedUp(t, server)
	mallory := server.Client(t)
	mallory.Post("/api/v1/auth/register", strings.ReplaceAll(strings.ReplaceAll(harness.Ada, "ada", "mallory"), "Ada", "Mallory")).Want(t, 201, "")
	for _, id := range []string{
		currentID(t, ada), // hers: the same answer as for nobody's
		"01890a5d-ac96-774b-bcce-b302099a8057",
		"00000000-0000-0000-0000-000000000000",
		"not-an-id",
		"%00",
		"%27%20OR%201=1",
		"%ff",
	} {
		remove(mallory, sessionsPath+"/"+id).Want(t, 404, "not_found")
	}
	wantAlive(t, ada)
	wantAlive(t, mallory)
}

func TestEndSessions_OthersOrAll(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, start func(...string) *harness.Server) {
		server := start()
		desk := signedUp(t, server)
		phone, tablet := signedIn(t, server, safari), signedIn(t, server, chrome)

		for _, query := range []string{"?all=yes", "?all=", "?all=TRUE", "?all=true&all=false", "?all=%zz", "?all=true;"} {
			answer := remove(desk, sessionsPath+query).Want(t, 400, "validation_failed")
			if len(answer.Errors) != 1 || answer.Errors[0].Field != "all" {
				t.Errorf("%s: errors %v do not name all", query, answer.Errors)
			}
		}
		wantAlive(t, phone)

		answer := remove(desk, sessionsPath).Want(t, 200, "")
		if string(answer.Data) != `{"ended":2}` || answer.Message != "Other sessions ended" || len(answer.Header.Values("Set-Cookie")) != 0 {
			t.Errorf("%s with cookies %q", answer.Raw, answer.Header.Values("Set-Cookie"))
		}
		wantEnded(t, "phone", phone)
		wantEnded(t, "tablet", tablet)
		wantAlive(t, desk)
		if answer := remove(desk, sessionsPath+"?all=false").Want(t, 200, ""); string(answer.Data) != `{"ended":0}` {
			t.Errorf("with nothing left to end: %s", answer.Raw)
		}

		phone = signedIn(t, server, safari)
		copied := desk.Copy(t)
		if answer := remove(desk, sessionsPath+"?all=true").Want(t, 200, ""); string(answer.Data) != `{"ended":2}` {
			t.Errorf("with all=true: %s", answer.Raw)
		}
		if a, r := desk.Cookie("accessToken"), desk.Cookie("refreshToken"); a != "" || r != "" {
			t.Errorf("the jar still holds %q and %q", a, r)
		}
		wantEnded(t, "phone", phone)
		wantEnded(t, "a copy of the desk", copied)
	})
}

func TestMaxSessions_OneIsStreamify(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, start func(...string) *harness.Server) {
		server := start("MAX_SESSIONS=1")
		first := signedUp(t, server)
		second := signedIn(t, server, chrome)
		wantEnded(t, "the first device", first)
		wantAlive(t, second)
		if n := len(list(t, second)); n != 1 {
			t.Errorf("%d sessions, want 1", n)
		}
	})
}

func TestMaxSessions_LeastRecentlyUsedIsEvicted(t *testing.T) {
	server := harness.Start(t, "MAX_SESSIONS=2")
	oldest := signedUp(t, server)
	server.Clock.Advance(time.Minute)
	idle := signedIn(t, server, safari)
	server.Clock.Advance(time.Minute)
	oldest.Post(refreshPath, "").Want(t, 200, "") // signed in first, used last
	server.Clock.Advance(time.Minute)
	newest := signedIn(t, server, chrome)
	wantEnded(t, "the idle device", idle)
	wantAlive(t, oldest)
	wantAlive(t, newest)
}
