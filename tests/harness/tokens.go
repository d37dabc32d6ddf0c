package harness

import (
	"fmt"
	"net/http"
	"testing"
)

// Tokens is what a signed-in client without a cookie jar holds.
type Tokens struct {
	Access, Refresh string
}

// Tokens returns the tokens in the body of an answer.
func (a Answer) Tokens(t testing.TB) Tokens {
	t.Helper()
	return Tokens{a.Field(t, "accessToken"), a.Field(t, "refreshToken")}
}

// Register creates an account on p, whose password is [Password].
func (p *Process) Register(username string) Tokens {
	p.t.Helper()
	return p.Send("POST", "/api/v1/auth/register", "", Registration(username)).Want(p.t, 201, "").Tokens(p.t)
}

// Registration is a registration that is in order and asks for tokens in the
// body.
func Registration(username string) string {
	return fmt.Sprintf(`{"fullName":"Test User","username":%q,"email":"%s@example.com","password":%q,"transport":"body"}`, username, username, Password)
}

// Login signs in on another device.
func (p *Process) Login(username, password string) Answer {
	p.t.Helper()
	return p.Send("POST", "/api/v1/auth/login", "", LoginBody(username, password))
}

// LoginBody is a sign-in that asks for tokens in the body.
func LoginBody(username, password string) string {
	return fmt.Sprintf(`{"username":%q,"password":%q,"transport":"body"}`, username, password)
}

// Refresh presents a refresh token in the body.
func (p *Process) Refresh(token string) Answer {
	p.t.Helper()
	return p.Send("POST", "/api/v1/auth/refresh-token", "", RefreshBody(token))
}

// RefreshBody carries a refresh token.
func RefreshBody(token string) string { return fmt.Sprintf(`{"refreshToken":%q}`, token) }

// CurrentUser presents an access token.
func (p *Process) CurrentUser(access string) Answer {
	p.t.Helper()
	return p.Send("GET", "/api/v1/users/current-user", access, "")
}

// ByCookie posts with both tokens in cookies, as a browser does.
func (p *Process) ByCookie(path string, tokens Tokens) Answer {
	p.t.Helper()
	request, err := http.NewRequest(http.MethodPost, p.URL+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	request.AddCookie(&http.Cookie{Name: "accessToken", Value: tokens.Access})
	request.AddCookie(&http.Cookie{Name: "refreshToken", Value: tokens.Refresh})
	response, err := p.HTTP.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	return Read(p.t, response)
}

// Password is the password of every [Process.Register]; NextPassword is one to
// change it to.
const (
	Password     = "engine-no-1-plan"
	NextPassword = "engine-no-2-plan"
)

// PasswordChange is a change from one password to another.
func PasswordChange(from, to string) string {
	return fmt.Sprintf(`{"oldPassword":%q,"newPassword":%q}`, from, to)
}
