package proofs

import (
	"slices"
	"time"
)

// operation is what a client asks for.
type operation string

const (
	signUp         operation = "sign up"
	signIn         operation = "sign in"
	refresh        operation = "refresh"
	currentUser    operation = "current user"
	listSessions   operation = "list sessions"
	logOut         operation = "log out"
	endOne         operation = "end one session"
	endOthers      operation = "end other sessions"
	endAll         operation = "end all sessions"
	changePassword operation = "change password"
	firstUse       operation = "first use" // no request: what the server notes of one
)

// call is one request, with the time on the server's clock when it was sent.
// Tokens that are not zero go along as cookies.
type call struct {
	op          operation
	at          time.Time
	access      token
	refresh     token
	twins       twins  // second cookies of the same names, sent first
	password    string // the one to prove
	newPassword string
	target      string // id of the session to end
}

// twins are what a browser sends beside the cookies of the last answer: old ones
// of another path or domain.
type twins struct{ access, refresh token }

func (c call) accessTokens() []token  { return present(c.twins.access, c.access) }
func (c call) refreshTokens() []token { return present(c.twins.refresh, c.refresh) }

func present(tokens ...token) []token {
	return slices.DeleteFunc(tokens, func(t token) bool { return t.raw == "" })
}

// answer is what came back.
type answer struct {
	code    string // "" for success
	cookies cookies
	access  token // zero unless cookies is set
	refresh token
	email   string // of the current user
	ended   int    // sessions
	listed  []listed
}

// cookies is what an answer does to the cookies of a browser.
type cookies string

const (
	kept           cookies = "kept"
	set            cookies = "set"
	cleared        cookies = "cleared"
	clearedAccess  cookies = "cleared of the access token"
	clearedRefresh cookies = "cleared of the refresh token"
)

// cleared is which cookies an answer clears after the sessions of over have
// ended: those that came along and name no other session. The refresh cookie
// comes along on few paths, so it goes with the access cookie where it did not.
func (c call) cleared(over []token) cookies {
	ended := func(t token) bool {
		return slices.ContainsFunc(over, func(o token) bool { return o.session == t.session })
	}
	access, refresh := c.accessTokens(), c.refreshTokens()
	current := unexpired(refresh, c.at) // an expired refresh token is worth nothing, whatever it names
	noOther := func(tokens []token) bool { return len(slices.DeleteFunc(slices.Clone(tokens), ended)) == 0 }
	dropRefresh := noOther(current) && (len(refresh) > 0 || len(access) > 0 && noOther(access))
	dropAccess := noOther(access) && (len(access) > 0 || dropRefresh)
	switch {
	case dropAccess && dropRefresh:
		return cleared
	case dropAccess:
		return clearedAccess
	case dropRefresh:
		return clearedRefresh
	}
	return kept
}

// token is an access or refresh token with what it says of itself.
type token struct {
	raw     string
	session string
	expires time.Time
	with    string // of an access token: the refresh token that came with it
}

// listed is one line of the list of sessions.
type listed struct {
	ID         string    `json:"id"`
	SignedInAt time.Time `json:"signedInAt"`
	LastUsedAt time.Time `json:"lastUsedAt"`
	ExpiresAt  time.Time `json:"expiresAt"`
	Current    bool      `json:"current"`
}

// describe shows a call and its answer in one line, tokens by their last
// letters.
func describe(c call, a answer) string {
	line := string(c.op)
	if c.target != "" {
		line += " " + c.target[:4]
	}
	line += c.access.mention(" with access token ") + c.refresh.mention(" with refresh token ")
	line += c.twins.access.mention(" and access token ") + c.twins.refresh.mention(" and refresh token ")
	if line += " → "; a.code != "" {
		return line + a.code
	}
	return line + "ok" + a.access.mention(", access token ") + a.refresh.mention(", refresh token ")
}

// mention is the token in short after the text, or nothing when there is none.
func (t token) mention(text string) string {
	if t.raw == "" {
		return ""
	}
	return text + t.GoString()
}

// GoString shows the session and the last letters of the signature; rapid asks
// for it.
func (t token) GoString() string {
	if t.raw == "" {
		return "none"
	}
	return t.session[:4] + "/…" + t.raw[len(t.raw)-4:]
}
