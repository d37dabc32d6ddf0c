package tests

import (
	"sync"
	"testing"
	"time"

	"sallyport/tests/harness"
)

const (
	refreshPath = "/api/v1/auth/refresh-token"
	currentUser = "/api/v1/users/current-user"
)

// signedUp returns a device on which Ada has just registered.
func signedUp(t *testing.T, server *harness.Server) *harness.Client {
	t.Helper()
	ada := server.Client(t)
	ada.Post("/api/v1/auth/register", harness.Ada).Want(t, 201, "")
	return ada
}

func TestRefresh_ParallelTabsGetOneSuccessor(t *testing.T) {
	const tabs = 20
	harness.OnEachDatabase(t, func(t *testing.T, start func(...string) *harness.Server) {
		ada := signedUp(t, start())
		before := ada.Cookie("refreshToken")
		copies := make([]*harness.Client, tabs)
		for i := range copies {
			copies[i] = ada.Copy(t)
		}
		answers := make([]harness.Answer, tabs)
		var wg sync.WaitGroup
		for i, tab := range copies {
			wg.Go(func() { answers[i] = tab.Post(refreshPath, "") })
		}
		wg.Wait()
		for i, tab := range copies {
			answers[i].Want(t, 200, "")
			if got, want := tab.Cookie("refreshToken"), copies[0].Cookie("refreshToken"); got != want || got == before {
				t.Fatalf("tab %d has another successor, or none", i)
			}
			tab.Get(currentUser).Want(t, 200, "")
		}
	})
}

func TestRefresh_LostResponseCanBeRetriedWithinGrace(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, start func(...string) *harness.Server) {
		server := start()
		ada := signedUp(t, server)
		lost := ada.Copy(t)
		lost.Post(refreshPath, "").Want(t, 200, "")

		server.Clock.Advance(9 * time.Second)
		ada.Post(refreshPath, "").Want(t, 200, "")
		if ada.Cookie("refreshToken") != lost.Cookie("refreshToken") {
			t.Error("the retry got another successor than the lost answer carried")
		}
		ada.Post(refreshPath, "").Want(t, 200, "") // and the session goes on
	})
}

func TestRefresh_StaggeredStampedeIsAnsweredWithTheCurrentToken(t *testing.T) {
	server := harness.Start(t)
	ada := signedUp(t, server)
	late := ada.Copy(t)
	ada.Post(refreshPath, "").Want(t, 200, "")
	server.Clock.Advance(3 * time.Second)
	ada.Post(refreshPath, "").Want(t, 200, "")
	server.Clock.Advance(3 * time.Second)

	late.Post(refreshPath, "").Want(t, 200, "") // two rotations behind, still inside the window
	if late.Cookie("refreshToken") != ada.Cookie("refreshToken") {
		t.Error("the late request got a token of its own")
	}
}

func TestRefresh_ReplayAfterGraceEndsSession(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, start func(...string) *harness.Server) {
		server := start()
		victim := signedUp(t, server)
		other := server.Client(t)
		other.Post("/api/v1/auth/login", harness.AdaLogin).Want(t, 200, "")
		thief := victim.Copy(t)
		victim.Post(refreshPath, "").Want(t, 200, "")

		server.Clock.Advance(10 * time.Second) // exactly the grace window: no longer inside
		answer := thief.Post(refreshPath, "").Want(t, 401, "token_reused")
		if len(answer.Header.Values("Set-Cookie")) != 2 {
			t.Error("the 401 does not clear both cookies")
		}
		victim.Get(currentUser).Want(t, 401, "session_ended")
		victim.Post(refreshPath, "").Want(t, 401, "session_ended")
		other.Get(currentUser).Want(t, 200, "") // another device is another session
	})
}

func TestRefresh_GraceOfZeroIsStrict(t *testing.T) {
	server := harness.Start(t, "REFRESH_GRACE=0")
	ada := signedUp(t, server)
	replay := ada.Copy(t)
	ada.Post(refreshPath, "").Want(t, 200, "")
	replay.Post(refreshPath, "").Want(t, 401, "token_reused")
}

func TestRefresh_NeverOutlivesTheAbsoluteEnd(t *testing.T) {
	server := harness.Start(t, "REFRESH_TOKEN_EXPIRY=7d", "SESSION_MAX_AGE=10d")
	ada := signedUp(t, server)
	server.Clock.Advance(6 * 24 * time.Hour)
	answer := ada.Post(refreshPath, "").Want(t, 200, "")
	expires, err := time.Parse(time.RFC3339, answer.Field(t, "refreshTokenExpiresAt"))
	if err != nil {
		t.Fatal(err)
	}
	if left := expires.Sub(server.Clock.Now()); left > 4*24*time.Hour {
		t.Errorf("the token lives %v past day 6 of a session of 10 days", left)
	}
	server.Clock.Advance(4*24*time.Hour + time.Minute)
	ada.Post(refreshPath, "").Want(t, 401, "token_expired")
}

func TestRefresh_IdleSessionExpires(t *testing.T) {
	server := harness.Start(t)
	ada := signedUp(t, server)
	server.Clock.Advance(7*24*time.Hour + time.Minute)
	answer := ada.Post(refreshPath, "").Want(t, 401, "token_expired")
	if answer.Message != "jwt expired" {
		t.Errorf("message %q", answer.Message)
	}
}

func TestLogin_NeverAdoptsPresetCookies(t *testing.T) {
	server := harness.Start(t)
	attacker := signedUp(t, server)
	victim := attacker.Copy(t) // the attacker planted his own cookies
	preset := victim.Cookie("refreshToken")
	victim.Post("/api/v1/auth/login", harness.AdaLogin).Want(t, 200, "")
	if victim.Cookie("refreshToken") == preset {
		t.Fatal("the preset token survived the sign-in")
	}
	attacker.Post("/api/v1/auth/logout", "").Want(t, 200, "")
	victim.Get(currentUser).Want(t, 200, "") // a session of its own
}

func TestRefresh_RaceWithLogoutLeavesNothingAlive(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, start func(...string) *harness.Server) {
		server := start()
		server.Client(t).Post("/api/v1/auth/register", harness.Ada).Want(t, 201, "")
		for range 20 {
			ada := server.Client(t)
			ada.Post("/api/v1/auth/login", harness.AdaLogin).Want(t, 200, "")
			refreshing, leaving := ada.Copy(t), ada.Copy(t)
			var wg sync.WaitGroup
			wg.Go(func() { refreshing.Post(refreshPath, "") })
			wg.Go(func() { leaving.Post("/api/v1/auth/logout", "").Want(t, 200, "") })
			wg.Wait()
			for _, c := range []*harness.Client{ada, refreshing} {
				if answer := c.Get(currentUser); answer.Status != 401 {
					t.Fatalf("an access token works after logout: %s", answer.Raw)
				}
				if answer := c.Post(refreshPath, ""); answer.Status != 401 {
					t.Fatalf("a refresh token works after logout: %s", answer.Raw)
				}
			}
		}
	})
}
