package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"sallyport/middleware"
)

func (a *API) endSession(c *gin.Context) error {
	identity := middleware.Identity(c.Request.Context())
	current, err := a.service.EndOwnSession(c.Request.Context(), identity, c.Param("id"))
	if err != nil {
		return err
	}
	if current {
		a.cookies.Clear(c.Writer)
	}
	return middleware.Reply(c, http.StatusOK, "Session ended", nil)
}
