package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"sallyport/account"
	"sallyport/middleware"
)

func (a *API) resendVerification(c *gin.Context) error {
	var req emailRequest
	if err := bind(c, &req); err != nil {
		return err
	}
	if err := a.Account.ResendVerification(c.Request.Context(), req.Email, device(c)); err != nil {
		return err
	}
	return middleware.Reply(c, http.StatusOK, "If this email waits to be verified, a link is on its way", nil)
}

func (a *API) verifyEmail(c *gin.Context) error {
	var req tokenOfLink
	if err := bind(c, &req); err != nil {
		return err
	}
	done, err := a.Account.VerifyEmail(c.Request.Context(), req.Token, device(c))
	if err != nil {
		return err
	}
	message := "Email verified"
	switch {
	case done.Already:
		message = "Email already verified"
	case done.Changed:
		message = "Email changed"
	}
	return middleware.Reply(c, http.StatusOK, message, emailBody{done.Email})
}

// tokenOfLink is what a page sends that a link from a mail has opened.
type tokenOfLink struct {
	Token string `json:"token"`
}

// emailBody is the address that an account has now.
type emailBody struct {
	Email string `json:"email"`
}

func (a *API) changeEmail(c *gin.Context) error {
	var req changeEmailRequest
	if err := bind(c, &req); err != nil {
		return err
	}
	err := a.Account.ChangeEmail(c.Request.Context(), actor(c), account.EmailChange{Password: req.Password, Email: req.Email})
	if err != nil {
		return err
	}
	return middleware.Reply(c, http.StatusOK, "A link is on its way to the new email; it is yours when the link is opened", nil)
}

type changeEmailRequest struct {
	Password string `json:"password"`
	Email    string `json:"email"`
}

func (a *API) undoEmailChange(c *gin.Context) error {
	var req tokenOfLink
	if err := bind(c, &req); err != nil {
		return err
	}
	email, err := a.Account.UndoEmailChange(c.Request.Context(), req.Token, device(c))
	if err != nil {
		return err
	}
	return middleware.Reply(c, http.StatusOK, "Email restored; set a new password with the link in the mail", emailBody{email})
}
