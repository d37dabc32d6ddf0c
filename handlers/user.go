package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"sallyport/account"
	"sallyport/middleware"
	"sallyport/models"
)

func (a *API) currentUser(c *gin.Context) error {
	identity := middleware.Identity(c.Request.Context())
	return middleware.Reply(c, http.StatusOK, "Current user", a.toUser(identity.User))
}

func (a *API) updateAccount(c *gin.Context) error {
	var req updateAccountRequest
	if err := bind(c, &req); err != nil {
		return err
	}
	user, err := a.Account.UpdateProfile(c.Request.Context(), actor(c), account.ProfileChange{
		FullName: req.FullName, Username: req.Username, Locale: req.Locale,
	})
	if err != nil {
		return err
	}
	return middleware.Reply(c, http.StatusOK, "Account updated", a.toUser(user))
}

// updateAccountRequest holds nil for a field that is absent or null.
type updateAccountRequest struct {
	FullName *string `json:"fullName"`
	Username *string `json:"username"`
	Locale   *string `json:"locale"`
}

// deleteUser ends the account, and drops the cookies that are worth nothing then.
func (a *API) deleteUser(c *gin.Context) error {
	var req deleteUserRequest
	if err := bind(c, &req); err != nil {
		return err
	}
	if err := a.Account.Delete(c.Request.Context(), actor(c), req.Password); err != nil {
		return err
	}
	a.clearOwn(c)
	return middleware.Reply(c, http.StatusOK, "Account deleted", nil)
}

type deleteUserRequest struct {
	Password string `json:"password"`
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
	Locale        string    `json:"locale"` // of mail
	Role          string    `json:"role"`
	EmailVerified bool      `json:"emailVerified"`
	CreatedAt     timestamp `json:"createdAt"`
	UpdatedAt     timestamp `json:"updatedAt"`
}

func (a *API) toUser(u models.User) userBody {
	return userBody{
		ID:            u.ID.String(),
		Username:      u.Username,
		Email:         u.Email,
		FullName:      u.FullName,
		Avatar:        a.pictureURL(u.AvatarURL),
		CoverImage:    a.pictureURL(u.CoverImageURL),
		Locale:        u.Locale,
		Role:          string(u.Role),
		EmailVerified: u.EmailVerifiedAt != nil,
		CreatedAt:     timestamp(u.CreatedAt),
		UpdatedAt:     timestamp(u.UpdatedAt),
	}
}
