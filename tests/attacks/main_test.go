// Package attacks does to the real server what hostile and unlucky clients do.
// Every test names the line of docs/security/attacks.md that it answers.
package attacks

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"sallyport/tests/harness"
)

const (
	registerPath = "/api/v1/auth/register"
	loginPath    = "/api/v1/auth/login"
	refreshPath  = "/api/v1/auth/refresh-token"
	logoutPath   = "/api/v1/auth/logout"
	currentUser  = "/api/v1/users/current-user"
	changePath   = "/api/v1/users/change-password"
	sessionsPath = "/api/v1/users/sessions"
)

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }

// adaOn returns a device on which Ada has just registered.
func adaOn(t *testing.T, server *harness.Server) *harness.Client {
	t.Helper()
	ada := server.Client(t)
	ada.Post(registerPath, harness.Ada).Want(t, 201, "")
	return ada
}

// eveOn returns a device on which Eve, another user, has just registered.
func eveOn(t *testing.T, server *harness.Server) *harness.Client {
	t.Helper()
	eve := server.Client(t)
	eve.Post(registerPath, strings.NewReplacer("ada", "eve", "Ada", "Eve").Replace(harness.Ada)).Want(t, 201, "")
	return eve
}

// loginOn returns one more device on which Ada has just signed in.
func loginOn(t *testing.T, server *harness.Server) *harness.Client {
	t.Helper()
	ada := server.Client(t)
	ada.Post(loginPath, harness.AdaLogin).Want(t, 200, "")
	return ada
}

// ask sends one request with just these headers, names and values in turn, and
// no cookie jar.
func ask(t *testing.T, server *harness.Server, method, path, body string, header ...string) harness.Answer {
	t.Helper()
	r, err := http.NewRequest(method, server.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	return harness.Read(t, server.Ask(t, r))
}

// cookies is the Cookie header of a device that holds both tokens.
func cookies(c *harness.Client) string {
	return "accessToken=" + c.Cookie("accessToken") + "; refreshToken=" + c.Cookie("refreshToken")
}

// wantEnded fails unless both tokens of the device are refused.
func wantEnded(t *testing.T, who string, c *harness.Client) {
	t.Helper()
	copied := c.Copy(t) // a refused refresh clears the jar
	if answer := copied.Get(currentUser); answer.Status != 401 {
		t.Fatalf("%s: the access token is answered %s", who, answer.Raw)
	}
	if answer := copied.Post(refreshPath, ""); answer.Status != 401 {
		t.Fatalf("%s: the refresh token is answered %s", who, answer.Raw)
	}
}

// wantAlive fails unless both tokens of the device work.
func wantAlive(t *testing.T, who string, c *harness.Client) {
	t.Helper()
	if answer := c.Get(currentUser); answer.Status != 200 {
		t.Fatalf("%s: the access token is answered %s", who, answer.Raw)
	}
	if answer := c.Post(refreshPath, ""); answer.Status != 200 {
		t.Fatalf("%s: the refresh token is answered %s", who, answer.Raw)
	}
}
