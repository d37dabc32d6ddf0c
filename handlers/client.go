package handlers

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"sallyport/auth"
	"sallyport/auth/session"
	"sallyport/middleware"
)

// clientOf is who sends the request, with the tokens of its cookies or its
// Authorization header.
func (a *API) clientOf(c *gin.Context) auth.Client {
	return auth.Client{
		Device:        device(c),
		AccessTokens:  middleware.AccessTokens(c.Request, a.Cookies),
		RefreshTokens: a.Cookies.Refresh(c.Request),
	}
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
	AccessTokenExpiresAt  time.Time `json:"accessTokenExpiresAt"`
	RefreshTokenExpiresAt time.Time `json:"refreshTokenExpiresAt"`
}

// deliver puts the tokens into cookies or into the body, never both.
func (a *API) deliver(c *gin.Context, g auth.Grant, via transport) grantBody {
	body := grantBody{
		AccessTokenExpiresAt:  g.AccessExpiresAt.UTC(),
		RefreshTokenExpiresAt: g.RefreshExpiresAt.UTC(),
	}
	if via == viaBody {
		body.AccessToken, body.RefreshToken = g.AccessToken, g.RefreshToken
		return body
	}
	a.Cookies.Set(c.Writer, g)
	return body
}
