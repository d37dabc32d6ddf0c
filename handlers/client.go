package handlers

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"sallyport/auth"
	"sallyport/auth/session"
	"sallyport/middleware"
)

// clientOf is who sends the request, with the tokens of its cookies and of its
// Authorization header.
func (a *API) clientOf(c *gin.Context) auth.Client {
	client := a.browser(c)
	client.Device = device(c)
	client.AccessTokens = append(client.AccessTokens, middleware.BearerTokens(c.Request)...)
	return client
}

// actor is who the request is from, with the device that it came from.
func actor(c *gin.Context) auth.Identity {
	identity := middleware.Identity(c.Request.Context())
	identity.Device = device(c)
	return identity
}

// browser is what the cookies of the request hold.
func (a *API) browser(c *gin.Context) auth.Client {
	return auth.Client{AccessTokens: a.Cookies.Access(c.Request), RefreshTokens: a.Cookies.Refresh(c.Request)}
}

// clearWorthless drops the cookies that are worth nothing now that the sessions
// which over names have ended. It leaves alone what names another session, and
// does nothing for a request without cookies: what its client holds is unknown.
func (a *API) clearWorthless(c *gin.Context, over auth.Client) {
	access, refresh := a.Auth.Worthless(a.browser(c), over)
	a.Cookies.Clear(c.Writer, access, refresh)
}

const maxUserAgent = 256 // bytes kept; the longest honest ones have about 200

// device is what the client says of itself, fit to be stored and shown.
func device(c *gin.Context) session.Device {
	agent := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, c.Request.UserAgent())
	if len(agent) > maxUserAgent {
		agent = strings.ToValidUTF8(agent[:maxUserAgent], "")
	}
	return session.Device{UserAgent: agent, IP: middleware.ClientIP(c.Request.Context())}
}

// grantBody says when the tokens expire, and holds the tokens themselves only
// for a client without a cookie jar.
type grantBody struct {
	User                  *userBody `json:"user,omitempty"`
	AccessToken           string    `json:"accessToken,omitempty"`
	RefreshToken          string    `json:"refreshToken,omitempty"`
	AccessTokenExpiresAt  timestamp `json:"accessTokenExpiresAt"`
	AccessTokenExpiresIn  int       `json:"accessTokenExpiresIn"` // seconds, as is the next
	RefreshTokenExpiresAt timestamp `json:"refreshTokenExpiresAt"`
	RefreshTokenExpiresIn int       `json:"refreshTokenExpiresIn"`
}

// deliver puts the tokens into cookies or into the body, never both.
func (a *API) deliver(c *gin.Context, g auth.Grant, via transport) grantBody {
	body := grantBody{
		AccessTokenExpiresAt:  timestamp(g.AccessExpiresAt),
		AccessTokenExpiresIn:  a.Cookies.SecondsLeft(g.AccessExpiresAt),
		RefreshTokenExpiresAt: timestamp(g.RefreshExpiresAt),
		RefreshTokenExpiresIn: a.Cookies.SecondsLeft(g.RefreshExpiresAt),
	}
	if via == viaBody {
		body.AccessToken, body.RefreshToken = g.AccessToken, g.RefreshToken
		return body
	}
	a.Cookies.Set(c.Writer, g)
	return body
}
