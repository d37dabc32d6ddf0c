package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"sallyport/auth"
)

type loginRequest struct {
	Email     string    `json:"email"`
	Username  string    `json:"username"`
	Password  string    `json:"password"`
	Transport transport `json:"transport"`
}

func (a *API) login(c *gin.Context) error {
	var req loginRequest
	if err := bind(c, &req); err != nil {
		return err
	}
	if err := req.Transport.check(); err != nil {
		return err
	}
	user, grant, err := a.service.Login(c.Request.Context(), auth.Credentials{
		Email: req.Email, Username: req.Username, Password: req.Password,
	}, device(c))
	if err != nil {
		return err
	}
	return a.replySignedIn(c, http.StatusOK, "User logged in", user, grant, req.Transport)
}
