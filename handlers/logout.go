package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"sallyport/middleware"
)

// logout clears the cookies whatever comes of the rest.
func (a *API) logout(c *gin.Context) error {
	a.cookies.Clear(c.Writer)
	var req tokenRequest
	if err := bindLoosely(c, &req); err != nil {
		return err
	}
	refresh := a.cookies.Refresh(c.Request)
	if req.RefreshToken != "" {
		refresh = append(refresh, req.RefreshToken)
	}
	err := a.service.Logout(c.Request.Context(), middleware.AccessTokens(c.Request, a.cookies), refresh)
	if err != nil {
		return err
	}
	return middleware.Reply(c, http.StatusOK, "User logged out", nil)
}
