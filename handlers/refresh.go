package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"sallyport/auth"
	"sallyport/middleware"
)

// refreshToken answers the way it was asked: a cookie is answered with cookies
// and a token in the body with tokens in the body, so that script in a page
// can never turn an HTTP-only cookie into a token it can read.
func (a *API) refreshToken(c *gin.Context) error {
	candidates, via := a.Cookies.Refresh(c.Request), viaCookie
	if len(candidates) == 0 {
		var req tokenRequest
		if err := bindLoosely(c, &req); err != nil {
			return err
		}
		if req.RefreshToken != "" {
			candidates, via = []string{req.RefreshToken}, viaBody
		}
	}
	grant, err := a.Auth.Refresh(c.Request.Context(), candidates, device(c))
	if err != nil {
		if auth.TokenRefused(err) {
			a.Cookies.Clear(c.Writer)
		}
		return err
	}
	return middleware.Reply(c, http.StatusOK, "Token refreshed", a.deliver(c, grant, via))
}

type tokenRequest struct {
	RefreshToken string `json:"refreshToken"`
}
