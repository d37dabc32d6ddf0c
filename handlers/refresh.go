package handlers

import (
	"cmp"
	"net/http"

	"github.com/gin-gonic/gin"

	"sallyport/auth"
	"sallyport/middleware"
)

// refreshToken answers the way it was asked: a cookie is answered with cookies
// and a token in the body with tokens in the body, so that script in a page
// can never turn an HTTP-only cookie into a token it can read. A token in the
// body counts alone.
func (a *API) refreshToken(c *gin.Context) error {
	body, err := readBody(c)
	if err != nil { // half a request: nothing is rotated for it
		return err
	}
	var req tokenRequest
	unreadable := decodeLoosely(body, &req)
	candidates, via := req.tokens(), viaBody
	if len(candidates) == 0 {
		candidates, via = a.Cookies.Refresh(c.Request), viaCookie
	}
	if len(candidates) == 0 {
		return cmp.Or(unreadable, a.Cookies.MissingRefresh())
	}
	grant, err := a.Auth.Refresh(c.Request.Context(), candidates, device(c))
	if err != nil {
		if auth.TokenRefused(err) {
			a.clearWorthless(c, a.Auth.Ended(candidates, err))
		}
		return err
	}
	return middleware.Reply(c, http.StatusOK, "Token refreshed", a.deliver(c, grant, via))
}

type tokenRequest struct {
	RefreshToken string `json:"refreshToken"`
}

func (r tokenRequest) tokens() []string { return middleware.Presented(r.RefreshToken) }
