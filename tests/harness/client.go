package harness

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
)

// Client is one device: an HTTP client with a cookie jar of its own.
type Client struct {
	t      testing.TB
	server *Server
	http   *http.Client
	Header http.Header // sent with every request
}

// Client returns a new device without cookies.
func (s *Server) Client(t testing.TB) *Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Client{t: t, server: s, Header: http.Header{}, http: &http.Client{
		Jar:       jar,
		Transport: Validated(t, s.tls.Client().Transport),
	}}
}

// SignUp returns a device on which a new user has just registered.
func (s *Server) SignUp(t testing.TB, username string) *Client {
	t.Helper()
	c := s.Client(t)
	c.Post(RegisterPath, Registration(username)).Want(t, http.StatusCreated, "")
	return c
}

// SignIn returns one more device, on which the user has just signed in. All its
// requests carry these headers, names and values in turn.
func (s *Server) SignIn(t testing.TB, username string, header ...string) *Client {
	t.Helper()
	c := s.Client(t)
	setHeader(c.Header, header)
	c.Login(username, Password).Want(t, http.StatusOK, "")
	return c
}

// Post sends a JSON body; "" sends none and no content type.
func (c *Client) Post(path, body string) Answer {
	c.t.Helper()
	if body == "" {
		return c.Request(http.MethodPost, path, "")
	}
	return c.Request(http.MethodPost, path, body, "Content-Type", "application/json")
}

// Get asks for a path.
func (c *Client) Get(path string) Answer {
	c.t.Helper()
	return c.Request(http.MethodGet, path, "")
}

// Delete sends a DELETE without a body.
func (c *Client) Delete(path string) Answer {
	c.t.Helper()
	return c.Request(http.MethodDelete, path, "")
}

// Request sends any request with the client's cookies, and with these headers,
// names and values in turn.
func (c *Client) Request(method, path, body string, header ...string) Answer {
	c.t.Helper()
	request, err := http.NewRequest(method, c.server.URL+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	request.Header = c.Header.Clone()
	setHeader(request.Header, header)
	return Do(c.t, c.http, request)
}

// Login signs in, by email.
func (c *Client) Login(username, password string) Answer {
	c.t.Helper()
	return c.Post(LoginPath, LoginBody(username, password))
}

// Refresh presents the refresh token of the jar.
func (c *Client) Refresh() Answer { c.t.Helper(); return c.Post(RefreshPath, "") }

// CurrentUser presents the access token of the jar.
func (c *Client) CurrentUser() Answer { c.t.Helper(); return c.Get(CurrentUserPath) }

// Logout presents both tokens of the jar.
func (c *Client) Logout() Answer { c.t.Helper(); return c.Post(LogoutPath, "") }

// ChangePassword changes the password of the signed-in user.
func (c *Client) ChangePassword(from, to string) Answer {
	c.t.Helper()
	return c.Post(ChangePasswordPath, PasswordChange(from, to))
}

// Sessions returns the user's sessions as the API lists them.
func (c *Client) Sessions() []Session { c.t.Helper(); return c.Get(SessionsPath).Sessions(c.t) }

// SessionID returns the id of the session that the client uses.
func (c *Client) SessionID() string { c.t.Helper(); return CurrentID(c.t, c.Sessions()) }

// WantAlive fails the test unless both tokens of the jar work. The refresh
// rotates them.
func (c *Client) WantAlive() {
	c.t.Helper()
	c.CurrentUser().Want(c.t, http.StatusOK, "")
	c.Refresh().Want(c.t, http.StatusOK, "")
}

// WantEnded fails the test unless the jar holds both tokens and both are
// refused because their session has ended. The jar keeps them.
func (c *Client) WantEnded() {
	c.t.Helper()
	c.Copy().CurrentUser().Want(c.t, http.StatusUnauthorized, "session_ended")
	c.Copy().Refresh().Want(c.t, http.StatusUnauthorized, "session_ended")
}

// WantNoTokens fails the test when the jar holds a token.
func (c *Client) WantNoTokens() {
	c.t.Helper()
	if left := c.Tokens(); left != (Tokens{}) {
		c.t.Errorf("the jar holds %q", left)
	}
}

// Cookie returns the value in the jar of the cookie that a request under
// /api/v1/auth would carry, "" when there is none.
func (c *Client) Cookie(name string) string {
	for _, cookie := range c.http.Jar.Cookies(c.authURL()) {
		if cookie.Name == name {
			return cookie.Value
		}
	}
	return ""
}

// Tokens returns the tokens in the jar.
func (c *Client) Tokens() Tokens { return Tokens{c.Cookie("accessToken"), c.Cookie("refreshToken")} }

// Present puts cookies into the jar as if the browser had them before.
func (c *Client) Present(cookies ...*http.Cookie) {
	c.http.Jar.SetCookies(c.authURL(), cookies)
}

func (c *Client) authURL() *url.URL {
	u, err := url.Parse(c.server.URL + RefreshPath)
	if err != nil {
		c.t.Fatal(err)
	}
	return u
}

// Copy returns a device with the same cookies: a parallel tab, or a thief.
func (c *Client) Copy() *Client {
	other := c.server.Client(c.t)
	for _, cookie := range c.http.Jar.Cookies(c.authURL()) {
		copied := http.Cookie{Name: cookie.Name, Value: cookie.Value, Path: "/", Secure: true, MaxAge: 3600}
		if cookie.Name == "refreshToken" {
			copied.Path = "/api/v1/auth"
		}
		other.Present(&copied)
	}
	return other
}

// Copies returns n devices with the same cookies.
func (c *Client) Copies(n int) []*Client {
	all := make([]*Client, n)
	for i := range all {
		all[i] = c.Copy()
	}
	return all
}

// Ask sends one request without a cookie jar, with just these headers, names
// and values in turn.
func (s *Server) Ask(t testing.TB, method, path, body string, header ...string) Answer {
	t.Helper()
	request, err := http.NewRequest(method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	setHeader(request.Header, header)
	return s.Do(t, request)
}

// Do sends a request of the caller's, without a cookie jar and following no
// redirect.
func (s *Server) Do(t testing.TB, request *http.Request) Answer {
	t.Helper()
	client := *s.tls.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return Do(t, &client, request)
}

// Do sends a request through any client and reads the answer.
func Do(t testing.TB, client *http.Client, request *http.Request) Answer {
	t.Helper()
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return Read(t, response)
}

// setHeader sets names and values that stand in turn.
func setHeader(h http.Header, namesAndValues []string) {
	for i := 0; i+1 < len(namesAndValues); i += 2 {
		h.Set(namesAndValues[i], namesAndValues[i+1])
	}
}
