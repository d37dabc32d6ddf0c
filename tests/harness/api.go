package harness

import (
	"net/http"
	"strings"
	"testing"
)

// API is a client without a cookie jar: it sends JSON, presents an access token
// in a header, and asks for tokens in the body of the answer.
type API struct {
	URL  string       // of the server, without a slash at the end
	HTTP *http.Client // checks every answer against openapi.yaml, unless a test replaces it
	t    testing.TB
}

// NewAPI returns a client of the server at the URL.
func NewAPI(t testing.TB, url string, client *http.Client) *API {
	return &API{URL: url, HTTP: client, t: t}
}

// API returns a client of this server without a cookie jar.
func (s *Server) API(t testing.TB) *API {
	t.Helper()
	return NewAPI(t, s.URL, &http.Client{Transport: Validated(t, s.tls.Client().Transport)})
}

// Tokens is what a signed-in client holds.
type Tokens struct {
	Access, Refresh string
}

// Send sends one JSON request with an access token, unless it is "", and with
// these headers, names and values in turn.
func (a *API) Send(method, path, access, body string, header ...string) Answer {
	a.t.Helper()
	answer, err := a.Try(a.HTTP, method, path, access, body, header...)
	if err != nil {
		a.t.Fatal(err)
	}
	return answer
}

// Try is [API.Send] through another client. The error is that of a connection
// which brought no whole answer.
func (a *API) Try(client *http.Client, method, path, access, body string, header ...string) (Answer, error) {
	request, err := http.NewRequest(method, a.URL+path, strings.NewReader(body))
	if err != nil {
		return Answer{}, err
	}
	request.Header.Set("Content-Type", "application/json")
	if access != "" {
		request.Header.Set("Authorization", "Bearer "+access)
	}
	setHeader(request.Header, header)
	response, err := client.Do(request)
	if err != nil {
		return Answer{}, err
	}
	defer response.Body.Close()
	return TryRead(response)
}

// SignUp registers a user.
func (a *API) SignUp(username string) Tokens {
	a.t.Helper()
	return a.Send(http.MethodPost, RegisterPath, "", InBody(Registration(username))).Want(a.t, http.StatusCreated, "").Tokens(a.t)
}

// Login signs in on one more device, by email.
func (a *API) Login(username, password string) Answer {
	a.t.Helper()
	return a.Send(http.MethodPost, LoginPath, "", InBody(LoginBody(username, password)))
}

// SignIn is [API.Login] with the right password.
func (a *API) SignIn(username string) Tokens {
	a.t.Helper()
	return a.Login(username, Password).Want(a.t, http.StatusOK, "").Tokens(a.t)
}

// Refresh presents a refresh token in the body.
func (a *API) Refresh(token string) Answer {
	a.t.Helper()
	return a.Send(http.MethodPost, RefreshPath, "", RefreshBody(token))
}

// CurrentUser presents an access token.
func (a *API) CurrentUser(access string) Answer {
	a.t.Helper()
	return a.Send(http.MethodGet, CurrentUserPath, access, "")
}

// ChangePassword changes the password of the user that the access token is of.
func (a *API) ChangePassword(access, from, to string) Answer {
	a.t.Helper()
	return a.Send(http.MethodPost, ChangePasswordPath, access, PasswordChange(from, to))
}

// ByCookie posts with both tokens in cookies, as a browser does.
func (a *API) ByCookie(path string, tokens Tokens) Answer {
	a.t.Helper()
	return a.Send(http.MethodPost, path, "", "", "Cookie", tokens.Cookies())
}

// Cookies is the Cookie header that carries both tokens.
func (t Tokens) Cookies() string {
	return "accessToken=" + t.Access + "; refreshToken=" + t.Refresh
}

// WantEnded fails the test unless both tokens are refused because their session
// has ended.
func (a *API) WantEnded(tokens Tokens) {
	a.t.Helper()
	a.CurrentUser(tokens.Access).Want(a.t, http.StatusUnauthorized, "session_ended")
	a.Refresh(tokens.Refresh).Want(a.t, http.StatusUnauthorized, "session_ended")
}
