package journeys

import (
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
