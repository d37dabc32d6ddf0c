package harness

import (
	"net/http"
	"testing"

	"sallyport/admin"
	"sallyport/models"
)

// AdminPath is under which the routes of administrators are.
const AdminPath = "/api/v1/admin"

// Administrator returns a device on which a new administrator is signed in.
func (s *Server) Administrator(t testing.TB, username string) *Client {
	t.Helper()
	c := s.SignUp(t, username)
	s.SetRole(t, username, models.RoleAdmin)
	return c
}

// SetRole changes the role of the user, as the command does.
func (s *Server) SetRole(t testing.TB, username string, role models.Role) {
	t.Helper()
	if _, err := s.Admin.SetRole(t.Context(), admin.Actor{}, s.User(t, username).ID, role); err != nil {
		t.Fatal(err)
	}
}

// PathOf is the path of the user for administrators, with more behind it.
func (s *Server) PathOf(t testing.TB, username, more string) string {
	t.Helper()
	return AdminPath + "/users/" + s.User(t, username).ID.String() + more
}

// AsAdmin does something to a user: the client is an administrator's.
func (c *Client) AsAdmin(method, username, more string) Answer {
	c.t.Helper()
	return c.Request(method, c.server.PathOf(c.t, username, more), "")
}

// AsAdminSetRole changes the role of a user.
func (c *Client) AsAdminSetRole(username string, role models.Role) Answer {
	c.t.Helper()
	return c.Request(http.MethodPatch, c.server.PathOf(c.t, username, "/role"), Object("role", string(role)), "Content-Type", "application/json")
}
