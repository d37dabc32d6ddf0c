package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"sallyport/auth"
	"sallyport/middleware"
)

type changePasswordRequest struct {
	OldPassword string `json:"oldPassword"`
	NewPassword string `json:"newPassword"`
}

// changePassword answers the way it was asked: cookies to a cookie, tokens in
// the body to an Authorization header.
func (a *API) changePassword(c *gin.Context) error {
	var req changePasswordRequest
	if err := bind(c, &req); err != nil {
		return err
	}
	grant, err := a.service.ChangePassword(c.Request.Context(), middleware.Identity(c.Request.Context()), auth.PasswordChange{
		Old: req.OldPassword, New: req.NewPassword,
	}, device(c))
	if err != nil {
		return err
	}
	via := viaCookie
	if middleware.ByHeader(c.Request) {
		via = viaBody
	}
	return middleware.Reply(c, http.StatusOK, "Password changed", a.hand(c, grant, via))
}
