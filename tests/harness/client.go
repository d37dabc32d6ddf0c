package harness

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
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

// Answer is an answer with its envelope read.
type Answer struct {
	Status  int
	Header  http.Header
	Raw     string
	Success bool
	Message string
	Code    string
	Data    json.RawMessage
	Errors  []struct{ Field, Message string }
}

// Post sends a JSON body; "" sends none and no content type.
func (c *Client) Post(path, body string) Answer {
	c.t.Helper()
	contentType := "application/json"
	if body == "" {
		contentType = ""
	}
	return c.Send(http.MethodPost, path, contentType, body)
}

// Get asks for a path.
func (c *Client) Get(path string) Answer {
	c.t.Helper()
	return c.Send(http.MethodGet, path, "", "")
}

// Send sends any request and reads the envelope of its answer.
func (c *Client) Send(method, path, contentType, body string) Answer {
	c.t.Helper()
	request, err := http.NewRequest(method, c.server.URL+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	for name, values := range c.Header {
		request.Header[name] = values
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	response, err := c.http.Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	return Read(c.t, response)
}

// Read reads an answer and its envelope.
func Read(t testing.TB, response *http.Response) Answer {
	t.Helper()
	answer, err := TryRead(response)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// TryRead is [Read] where an answer may break off.
func TryRead(response *http.Response) (Answer, error) {
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return Answer{}, err
	}
	answer := Answer{Status: response.StatusCode, Header: response.Header, Raw: string(raw)}
	if bytes.HasPrefix(raw, []byte("{")) {
		if err := json.Unmarshal(raw, &answer); err != nil {
			return Answer{}, fmt.Errorf("%w in %s", err, raw)
		}
	}
	return answer, nil
}

// Want fails the test unless the answer has this status and code ("" for a
// success).
func (a Answer) Want(t testing.TB, status int, code string) Answer {
	t.Helper()
	if a.Status != status || a.Code != code || a.Success != (status < 400) {
		t.Fatalf("answer %d %q, want %d %q: %s", a.Status, a.Code, status, code, a.Raw)
	}
	return a
}

// Field returns one string of the answer's data, by its path.
func (a Answer) Field(t testing.TB, path ...string) string {
	t.Helper()
	var value any
	if err := json.Unmarshal(a.Data, &value); err != nil {
		t.Fatal(err)
	}
	for _, name := range path {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	text, _ := value.(string)
	return text
}

// Decode reads the answer's data.
func (a Answer) Decode(t testing.TB, into any) {
	t.Helper()
	if err := json.Unmarshal(a.Data, into); err != nil {
		t.Fatal(err)
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

// Present puts cookies into the jar as if the browser had them before.
func (c *Client) Present(cookies ...*http.Cookie) {
	c.http.Jar.SetCookies(c.authURL(), cookies)
}

func (c *Client) authURL() *url.URL {
	u, err := url.Parse(c.server.URL + "/api/v1/auth/refresh-token")
	if err != nil {
		c.t.Fatal(err)
	}
	return u
}

// Ada is a registration that is in order.
const Ada = `{"fullName":"Ada Lovelace","username":"ada","email":"ada@example.com","password":"engine-no-1-plan"}`

// AdaLogin signs [Ada] in.
const AdaLogin = `{"email":"ada@example.com","password":"engine-no-1-plan"}`

// Copy returns a device with the same cookies: a parallel tab, or a thief.
func (c *Client) Copy(t testing.TB) *Client {
	other := c.server.Client(t)
	for _, cookie := range c.http.Jar.Cookies(c.authURL()) {
		copied := http.Cookie{Name: cookie.Name, Value: cookie.Value, Path: "/", Secure: true, MaxAge: 3600}
		if cookie.Name == "refreshToken" {
			copied.Path = "/api/v1/auth"
		}
		other.Present(&copied)
	}
	return other
}
