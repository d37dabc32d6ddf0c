package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"sallyport/auth"
	"sallyport/middleware"
	"sallyport/models"
)

func (a *API) currentUser(c *gin.Context) error {
	identity := middleware.Identity(c.Request.Context())
	return middleware.Reply(c, http.StatusOK, "Current user", toUser(identity.User))
}

// changePassword answers the way it was asked: cookies to a cookie, tokens in
// the body to an Authorization header.
func (a *API) changePassword(c *gin.Context) error {
	var req changePasswordRequest
	if err := bind(c, &req); err != nil {
		return err
	}
	grant, err := a.Auth.ChangePassword(c.Request.Context(), middleware.Identity(c.Request.Context()), auth.PasswordChange{
		Old: req.OldPassword, New: req.NewPassword,
	}, device(c))
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

// userBody is a user as the API shows one. It names every field it shows: a
// new column of the model stays inside until it is added here.
type userBody struct {
	ID            string    `json:"id"`
	Username      string    `json:"username"`
	Email         string    `json:"email"`
	FullName      string    `json:"fullName"`
	Avatar        string    `json:"avatar"`
	CoverImage    string    `json:"coverImage"`
	Role          string    `json:"role"`
	EmailVerified bool      `json:"emailVerified"`
	CreatedAt     timestamp `json:"createdAt"`
	UpdatedAt     timestamp `json:"updatedAt"`
}

func toUser(u models.User) userBody {
	return userBody{
		ID:            u.ID.String(),
		Username:      u.Username,
		Email:         u.Email,
		FullName:      u.FullName,
		Avatar:        u.AvatarURL,
		CoverImage:    u.CoverImageURL,
		Role:          string(u.Role),
		EmailVerified: u.EmailVerifiedAt != nil,
		CreatedAt:     timestamp(u.CreatedAt),
		UpdatedAt:     timestamp(u.UpdatedAt),
	}
}
