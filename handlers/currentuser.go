package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"sallyport/middleware"
)

func (a *API) currentUser(c *gin.Context) error {
	identity := middleware.Identity(c.Request.Context())
	return middleware.Reply(c, http.StatusOK, "Current user", toUser(identity.User))
}
