package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"sallyport/middleware"
)

// logout ends what the tokens name and clears the cookies: a body that cannot
// be read loses only its own token. Where the database did not take the write
// the cookies stay, so that a retry still names the session (fail closed: no
// answer says "logged out" about a session that lives).
func (a *API) logout(c *gin.Context) error {
	var req tokenRequest
	unreadable := bindLoosely(c, &req)
	refresh := a.cookies.Refresh(c.Request)
	if req.RefreshToken != "" {
		refresh = append(refresh, req.RefreshToken)
	}
	if err := a.service.Logout(c.Request.Context(), middleware.AccessTokens(c.Request, a.cookies), refresh); err != nil {
		return err
	}
	a.cookies.Clear(c.Writer)
	if unreadable != nil {
		return unreadable
	}
	return middleware.Reply(c, http.StatusOK, "User logged out", nil)
}
