package journeys

import (
	"testing"
	"time"

	"sallyport/tests/harness"
)

func TestJourney(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, start func(...string) *harness.Server) {
		server := start()
		ada := server.Client(t)

		ada.Post("/api/v1/auth/register", harness.Ada).Want(t, 201, "")
		user := ada.Get("/api/v1/users/current-user").Want(t, 200, "")
		if got := user.Field(t, "email"); got != "ada@example.com" {
			t.Errorf("email %q", got)
		}

		server.Clock.Advance(16 * time.Minute)
		expired := ada.Get("/api/v1/users/current-user").Want(t, 401, "token_expired")
		if expired.Message != "jwt expired" {
			t.Errorf("message %q: Streamify's frontends match on \"jwt expired\"", expired.Message)
		}
		ada.Post("/api/v1/auth/refresh-token", "").Want(t, 200, "")
		ada.Get("/api/v1/users/current-user").Want(t, 200, "")

		thief := ada.Copy(t)
		ada.Post("/api/v1/auth/logout", "").Want(t, 200, "")
		if a, r := ada.Cookie("accessToken"), ada.Cookie("refreshToken"); a != "" || r != "" {
			t.Errorf("after logout the jar holds %q and %q", a, r)
		}
		thief.Get("/api/v1/users/current-user").Want(t, 401, "session_ended")
		thief.Post("/api/v1/auth/refresh-token", "").Want(t, 401, "session_ended")
	})
}
