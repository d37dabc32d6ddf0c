package handlers

import (
	"cmp"
	"net/http"

	"github.com/gin-gonic/gin"

	"sallyport/middleware"
)

// logout clears the cookies and ends what they name whatever comes of the rest:
// a body that cannot be read loses only its own token.
func (a *API) logout(c *gin.Context) error {
	a.cookies.Clear(c.Writer)
	var req tokenRequest
	unreadable := bindLoosely(c, &req)
	refresh := a.cookies.Refresh(c.Request)
	if req.RefreshToken != "" {
		refresh = append(refresh, req.RefreshToken)
	}
	err := a.service.Logout(c.Request.Context(), middleware.AccessTokens(c.Request, a.cookies), refresh)
	if err := cmp.Or(err, unreadable); err != nil {
		return err
	}
	return middleware.Reply(c, http.StatusOK, "User logged out", nil)
}
