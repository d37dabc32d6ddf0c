package middleware

import (
	"net/http"
	"time"

	"sallyport/auth"
	"sallyport/config"
	"sallyport/internal/apperror"
)

// refreshPath is the only part of the API that ever sees the refresh token.
const refreshPath = "/api/v1/auth"

// maxCandidates bounds the signatures checked for one request; a browser has a
// good reason for two cookies of a name, hardly for more.
const maxCandidates = 8

// Cookies sets, reads and clears the two token cookies. Nothing else touches
// them, so they are always cleared with the attributes they were set with.
// Source: RFC 6265 §4.1; OWASP ASVS 3.3.1, 3.3.2, 3.3.4.
type Cookies struct {
	access  http.Cookie // everything but value and age
	refresh http.Cookie
	// outlives keeps the access cookie as long as the refresh cookie, so that an
	// expired token still arrives and is answered with token_expired.
	outlives bool
	now      func() time.Time
}

// NewCookies returns the cookies with the configured attributes.
func NewCookies(c config.Cookies, now func() time.Time) Cookies {
	cookies := Cookies{
		access: http.Cookie{
			Name: "accessToken", Path: "/", Domain: c.Domain,
			HttpOnly: true, Secure: c.Secure, SameSite: c.AccessSameSite,
		},
		refresh: http.Cookie{
			Name: "refreshToken", Path: refreshPath, Domain: c.Domain,
			HttpOnly: true, Secure: c.Secure, SameSite: c.RefreshSameSite,
		},
		outlives: c.AccessForSession,
		now:      now,
	}
	if c.Prefix {
		cookies.access.Name = "__Host-" + cookies.access.Name
		cookies.refresh.Name = "__Secure-" + cookies.refresh.Name // __Host- would need Path=/
	}
	return cookies
}

// Set gives the browser both tokens, each for the rest of its life.
func (k Cookies) Set(w http.ResponseWriter, g auth.Grant) {
	accessEnd := g.AccessExpiresAt
	if k.outlives {
		accessEnd = g.RefreshExpiresAt
	}
	k.set(w, k.access, g.AccessToken, accessEnd)
	k.set(w, k.refresh, g.RefreshToken, g.RefreshExpiresAt)
}

// Clear makes the browser drop the access cookie, the refresh cookie, or both.
func (k Cookies) Clear(w http.ResponseWriter, access, refresh bool) {
	if access {
		k.clear(w, k.access)
	}
	if refresh {
		k.clear(w, k.refresh)
	}
}

// SecondsLeft returns the whole seconds until a token expires, 0 when it has.
// A client adds them to its own clock, which may differ from the server's.
// Source: RFC 6749 §5.1, expires_in.
func (k Cookies) SecondsLeft(expires time.Time) int {
	return max(0, int(expires.Sub(k.now())/time.Second))
}

// Access returns every access token the browser sent.
func (k Cookies) Access(r *http.Request) []string { return values(r, k.access.Name) }

// Refresh returns every refresh token the browser sent.
func (k Cookies) Refresh(r *http.Request) []string { return values(r, k.refresh.Name) }

// MissingAccess is the answer to a request that presents no access token.
func (k Cookies) MissingAccess() error {
	return missing(k.access, "the header Authorization: Bearer with an access token")
}

// MissingRefresh is the answer to a request that presents no refresh token.
func (k Cookies) MissingRefresh() error {
	return missing(k.refresh, "a refreshToken in its JSON body")
}

func missing(cookie http.Cookie, otherwise string) error {
	return &apperror.Error{
		Code:    apperror.CodeMissingToken,
		Message: "unauthorized request: it has neither the cookie " + cookie.Name + " nor " + otherwise,
	}
}

func (k Cookies) set(w http.ResponseWriter, cookie http.Cookie, token string, expires time.Time) {
	dropTwin(w, cookie)
	cookie.Value = token
	cookie.MaxAge = max(1, k.SecondsLeft(expires)) // 0 would be a session cookie
	http.SetCookie(w, &cookie)
}

func (k Cookies) clear(w http.ResponseWriter, cookie http.Cookie) {
	dropTwin(w, cookie)
	cookie.MaxAge = -1 // sent as Max-Age=0
	http.SetCookie(w, &cookie)
}

// dropTwin expires the cookie that was set before COOKIE_DOMAIN was: the browser
// keeps it beside ours, sends both, and would go on with a dead one for days. It
// stands before ours in the answer, because a client that follows RFC 6265 to
// the letter takes the two for one where the domain is the host itself.
func dropTwin(w http.ResponseWriter, cookie http.Cookie) {
	if cookie.Domain == "" {
		return
	}
	cookie.Domain, cookie.MaxAge = "", -1
	http.SetCookie(w, &cookie)
}

func values(r *http.Request, name string) []string {
	var found []string
	for _, cookie := range r.CookiesNamed(name) {
		if len(found) == maxCandidates {
			break
		}
		if cookie.Value != "" {
			found = append(found, cookie.Value)
		}
	}
	return found
}
