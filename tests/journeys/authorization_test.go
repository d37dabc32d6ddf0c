package journeys

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sallyport/models"
	"sallyport/tests/harness"
)

// actors are who may come to a route. Another role is another column.
var actors = []string{"anonymous", "user", "stranger", "disabled", "ended", "expired", "refresh", "admin", "demoted"}

// verdicts is what each of the actors gets, in their order: a status and the
// code of a refusal. Under "stranger" a user asks for what belongs to another, and
// under "demoted" somebody whose token says that they are an administrator.
type verdicts [9]string

var (
	// Nobody's identity matters: what differs is what the request lacks.
	open   = verdicts{"200", "200", "200", "200", "200", "200", "200", "200", "200"}
	lacks  = verdicts{"400 validation_failed", "400 validation_failed", "400 validation_failed", "400 validation_failed", "400 validation_failed", "400 validation_failed", "400 validation_failed", "400 validation_failed", "400 validation_failed"}
	member = verdicts{"401 missing_token", "200", "200", "401 session_ended", "401 session_ended", "401 token_expired", "401 invalid_token", "200", "200"}
	// A member who sends JSON in place of a form.
	uploader = verdicts{"401 missing_token", "415 unsupported_media_type", "415 unsupported_media_type", "401 session_ended", "401 session_ended", "401 token_expired", "401 invalid_token", "415 unsupported_media_type", "415 unsupported_media_type"}
	nobody   = verdicts{"404 not_found", "404 not_found", "404 not_found", "404 not_found", "404 not_found", "404 not_found", "404 not_found", "404 not_found", "404 not_found"}
	owner    = verdicts{"401 missing_token", "200", "404 not_found", "401 session_ended", "401 session_ended", "401 token_expired", "401 invalid_token", "200", "200"}
	admins   = verdicts{"401 missing_token", "403 forbidden", "403 forbidden", "401 session_ended", "401 session_ended", "401 token_expired", "401 invalid_token", "200", "403 forbidden"}
)

// matrix is role × route: who gets what, with this body. A route that is not
// here fails the test.
var matrix = []struct {
	route, body string
	want        verdicts
}{
	{"POST /api/v1/auth/register", "{}", lacks},
	{"POST /api/v1/auth/login", "{}", lacks},
	{"POST /api/v1/auth/logout", "", open},
	{"POST /api/v1/auth/refresh-token", "", verdicts{ // by the refresh cookie
		"401 missing_token", "200", "200", "401 session_ended", "401 session_ended", "200", "200", "200", "200"}},

	{"POST /api/v1/auth/forgot-password", harness.Object("email", "nobody@example.com"), open},
	{"POST /api/v1/auth/resend-verification", harness.Object("email", "nobody@example.com"), open},
	{"POST /api/v1/auth/reset-password", "{}", lacks},
	{"POST /api/v1/auth/verify-email", "{}", lacks},
	{"POST /api/v1/auth/undo-email-change", "{}", lacks},

	{"GET /api/v1/users/current-user", "", member},
	{"PATCH /api/v1/users/update-account", "{}", member},
	{"POST /api/v1/users/change-email", harness.Object("password", harness.Password, "email", "next@example.com"), member},
	{"GET /api/v1/users/activity", "", member},
	{"DELETE /api/v1/users/current-user", harness.Object("password", harness.Password), member},
	{"PATCH /api/v1/users/avatar", "{}", uploader},
	{"DELETE /api/v1/users/avatar", "", member},
	{"PATCH /api/v1/users/cover-image", "{}", uploader},
	{"DELETE /api/v1/users/cover-image", "", member},
	{"POST /api/v1/users/change-password", harness.PasswordChange(harness.Password, harness.NextPassword), member},
	{"GET /api/v1/users/sessions", "", member},
	{"DELETE /api/v1/users/sessions", "", member},
	{"DELETE /api/v1/users/sessions/{id}", "", owner},

	{"GET /api/v1/admin/users", "", admins},
	{"GET /api/v1/admin/users/{id}", "", admins},
	{"DELETE /api/v1/admin/users/{id}", "", admins},
	{"POST /api/v1/admin/users/{id}/disable", "", admins},
	{"POST /api/v1/admin/users/{id}/enable", "", admins},
	{"POST /api/v1/admin/users/{id}/unlock", "", admins},
	{"POST /api/v1/admin/users/{id}/send-reset", "", admins},
	{"PATCH /api/v1/admin/users/{id}/role", harness.Object("role", "admin"), admins},
	{"DELETE /api/v1/admin/users/{id}/sessions", "", admins},
	{"DELETE /api/v1/admin/users/{id}/sessions/{session}", "", admins},
	{"GET /api/v1/admin/events", "", admins},
	{"GET /api/v1/admin/events.csv", "", admins},

	// Your rows go here.

	{"GET /healthz", "", open},
	{"GET /readyz", "", open},
	{"GET /api/v1/healthcheck", "", open},
	{"GET /", "", open},
	{"GET /admin", "", open}, // the page; what it shows is the API's
	{"GET /docs", "", open},
	{"GET /openapi.yaml", "", open},
	{"GET /client.js", "", open},
	{"GET /verify-email", "", open},
	{"GET /reset-password", "", open},
	{"GET /undo-email-change", "", open},
	{"GET /media/{name}", "", nobody},
}

func TestAuthorization_TheMatrixHoldsForEveryRoute(t *testing.T) {
	t.Parallel()
	server := harness.Start(t, "SESSION_CACHE_TTL=0")
	number := 0
	for _, row := range matrix {
		for i, actor := range actors {
			number++
			c, id := enter(t, server, actor, fmt.Sprintf("actor%d", number))
			session := ""
			if strings.Contains(row.route, "/admin/users/{id}") {
				id, session = target(t, server, fmt.Sprintf("target%d", number))
			}
			method, path, _ := strings.Cut(strings.NewReplacer("{id}", id, "{session}", session).Replace(row.route), " ")
			answer := c.Request(method, path, row.body, "Content-Type", "application/json")
			if got := strings.TrimSpace(fmt.Sprint(answer.Status, " ", answer.Code)); got != row.want[i] {
				t.Errorf("%s as %s: %s, want %s: %s", row.route, actor, got, row.want[i], answer.Raw)
			}
		}
	}
}

func TestAuthorization_NoRouteIsMissingFromTheMatrix(t *testing.T) {
	t.Parallel()
	var rows []string
	for _, row := range matrix {
		rows = append(rows, row.route)
	}
	for _, route := range append(harness.ServedRoutes(t), harness.DescribedRoutes(t)...) {
		if !slices.Contains(rows, route) {
			t.Errorf("%s is not in the matrix: say there who may use it", route)
		}
	}
}

// target returns the id of a new user, and that of their session.
func target(t *testing.T, server *harness.Server, name string) (id, session string) {
	t.Helper()
	session = server.SignUp(t, name).SessionID()
	return server.User(t, name).ID.String(), session
}

// enter returns a client that is the actor, and the id of a session: the
// actor's own or, for the stranger, that of somebody else.
func enter(t *testing.T, server *harness.Server, actor, name string) (c *harness.Client, id string) {
	t.Helper()
	if actor == "anonymous" {
		return server.Client(t), "01890a5d-ac96-774b-bcce-b302099a8058"
	}
	c = server.SignUp(t, name)
	id = c.SessionID()
	switch actor {
	case "stranger":
		c = server.SignUp(t, name+"x")
	case "disabled":
		server.Disable(t, name)
	case "ended":
		c.Copy().Logout().Want(t, 200, "")
	case "expired":
		server.Clock.Advance(16 * time.Minute)
	case "admin":
		server.SetRole(t, name, models.RoleAdmin)
	case "demoted":
		server.SetRole(t, name, models.RoleAdmin)
		c.Refresh().Want(t, 200, "")
		server.SetRole(t, name, models.RoleUser)
	case "refresh": // a refresh token where an access token belongs
		c.Header.Set("Authorization", "Bearer "+c.Cookie("refreshToken"))
	}
	return c, id
}
