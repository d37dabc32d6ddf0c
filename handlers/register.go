package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"sallyport/auth"
)

type registerRequest struct {
	FullName  string    `json:"fullName"`
	Username  string    `json:"username"`
	Email     string    `json:"email"`
	Password  string    `json:"password"`
	Transport transport `json:"transport"`
}

func (a *API) registerUser(c *gin.Context) error {
	var req registerRequest
	if err := bind(c, &req); err != nil {
		return err
	}
	if err := req.Transport.check(); err != nil {
		return err
	}
	user, grant, err := a.service.Register(c.Request.Context(), auth.Registration{
		FullName: req.FullName, Username: req.Username, Email: req.Email, Password: req.Password,
	}, device(c))
	if err != nil {
		return err
	}
	return a.replySignedIn(c, http.StatusCreated, "User registered", user, grant, req.Transport)
}
