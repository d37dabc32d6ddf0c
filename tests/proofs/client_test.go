package proofs

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"sallyport/tests/harness"
)

// client sends the calls of one user to the program at base.
type client struct {
	transport http.RoundTripper
	base      string
	name      string // of the user; nobody else has it
}

func (c client) email() string { return c.name + "@example.com" }

func (c client) send(request call) (answer, error) {
	method, path, body := c.request(request)
	r, err := http.NewRequest(method, c.base+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, access := range request.accessTokens() {
		r.AddCookie(&http.Cookie{Name: "accessToken", Value: access.raw})
	}
	for _, refresh := range request.refreshTokens() {
		r.AddCookie(&http.Cookie{Name: "refreshToken", Value: refresh.raw})
	}
	response, err := c.transport.RoundTrip(r)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	return read(request.op, response)
}

func (c client) request(request call) (method, path, body string) {
	switch request.op {
	case signUp:
		return http.MethodPost, harness.RegisterPath, harness.Object("fullName", "Ada Lovelace", "username", c.name, "email", c.email(), "password", request.password)
	case signIn:
		return http.MethodPost, harness.LoginPath, harness.Object("email", c.email(), "password", request.password)
	case refresh:
		return http.MethodPost, harness.RefreshPath, ""
	case currentUser:
		return http.MethodGet, harness.CurrentUserPath, ""
	case listSessions:
		return http.MethodGet, harness.SessionsPath, ""
	case logOut:
		return http.MethodPost, harness.LogoutPath, ""
	case endOne:
		return http.MethodDelete, harness.SessionsPath + "/" + request.target, ""
	case endOthers:
		return http.MethodDelete, harness.SessionsPath, ""
	case endAll:
		return http.MethodDelete, harness.SessionsPath + "?all=true", ""
	case changePassword:
		return http.MethodPost, harness.ChangePasswordPath, harness.Object("oldPassword", request.password, "newPassword", request.newPassword)
	}
	panic("unknown operation " + request.op)
}

func read(op operation, response *http.Response) (got answer, err error) {
	var envelope struct {
		Code string
		Data json.RawMessage
	}
	if err := json.NewDecoder(response.Body).Decode(&envelope); err != nil {
		return answer{}, fmt.Errorf("%s: %w", op, err)
	}
	if got.code = envelope.Code; (got.code == "") != (response.StatusCode < 300) {
		return answer{}, fmt.Errorf("%s: status %d with the code %q", op, response.StatusCode, got.code)
	}
	if err := got.readCookies(response.Cookies()); err != nil || got.code != "" {
		return got, err
	}
	var into any
	switch op {
	case currentUser:
		into = &struct{ Email *string }{&got.email}
	case endOthers, endAll:
		into = &struct{ Ended *int }{&got.ended}
	case listSessions:
		into = &got.listed
	default:
		return got, nil
	}
	return got, json.Unmarshal(envelope.Data, into)
}

// readCookies finds out what the answer does to the cookies. It sets both or
// none.
func (a *answer) readCookies(sent []*http.Cookie) (err error) {
	a.cookies = kept
	if len(sent) == 0 {
		return nil
	}
	found := map[string]string{}
	for _, cookie := range sent {
		found[cookie.Name] = cookie.Value
	}
	access, dropsAccess := found["accessToken"]
	refresh, dropsRefresh := found["refreshToken"]
	switch {
	case len(sent) != len(found) || (access == "") != (refresh == ""):
		return fmt.Errorf("sets the cookies %v", sent)
	case access != "":
		a.cookies = set
		a.access, err = readToken(access)
		if err == nil {
			a.refresh, err = readToken(refresh)
		}
		a.access.with = refresh
		return err
	case dropsAccess && dropsRefresh:
		a.cookies = cleared
	case dropsAccess:
		a.cookies = clearedAccess
	case dropsRefresh:
		a.cookies = clearedRefresh
	default:
		return fmt.Errorf("sets the cookies %v", sent)
	}
	return nil
}

// readToken reads the token's session and end.
func readToken(raw string) (token, error) {
	_, claims, err := harness.DecodeJWT(raw)
	session, _ := claims["sid"].(string)
	expires, _ := claims["exp"].(float64)
	return token{raw: raw, session: session, expires: time.Unix(int64(expires), 0).UTC()}, err
}
