package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"sallyport/auth"
	"sallyport/middleware"
)

// changePassword answers the way it was asked: cookies to a cookie, tokens in
// the body to an Authorization header.
func (a *API) changePassword(c *gin.Context) error {
	var req changePasswordRequest
	if err := bind(c, &req); err != nil {
		return err
	}
	grant, err := a.Auth.ChangePassword(c.Request.Context(), actor(c), auth.PasswordChange{
		Old: req.OldPassword, New: req.NewPassword,
	})
	if err != nil {
		return err
	}
	via := viaCookie
	if middleware.ByHeader(c.Request) {
		via = viaBody
	}
	return middleware.Reply(c, http.StatusOK, "Password changed", a.deliver(c, grant, via))
}

type changePasswordRequest struct {
	OldPassword string `json:"oldPassword"`
	NewPassword string `json:"newPassword"`
}

func (a *API) forgotPassword(c *gin.Context) error {
	var req emailRequest
	if err := bind(c, &req); err != nil {
		return err
	}
	if err := a.Auth.ForgotPassword(c.Request.Context(), req.Email, device(c)); err != nil {
		return err
	}
	return middleware.Reply(c, http.StatusOK, "If there is an account with this email, a link to reset the password is on its way", nil)
}

// emailRequest asks for mail to an address.
type emailRequest struct {
	Email string `json:"email"`
}

// resetPassword leaves the cookies alone: they may be those of another account.
func (a *API) resetPassword(c *gin.Context) error {
	var req resetPasswordRequest
	if err := bind(c, &req); err != nil {
		return err
	}
	err := a.Auth.ResetPassword(c.Request.Context(), auth.PasswordReset{Token: req.Token, New: req.NewPassword}, device(c))
	if err != nil {
		return err
	}
	return middleware.Reply(c, http.StatusOK, "Password reset; sign in with the new one", nil)
}

type resetPasswordRequest struct {
	Token       string `json:"token"`
	NewPassword string `json:"newPassword"`
}
