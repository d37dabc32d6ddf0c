package handlers

import (
	"time"

	"github.com/gin-gonic/gin"

	"sallyport/auth"
	"sallyport/internal/apperror"
	"sallyport/middleware"
	"sallyport/models"
)

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
	CreatedAt     time.Time `json:"createdAt"`
	UpdatedAt     time.Time `json:"updatedAt"`
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
		CreatedAt:     u.CreatedAt.UTC(),
		UpdatedAt:     u.UpdatedAt.UTC(),
	}
}

// grantBody tells when the tokens expire, and the tokens themselves only to a
// client without a cookie jar.
type grantBody struct {
	User                  *userBody `json:"user,omitempty"`
	AccessToken           string    `json:"accessToken,omitempty"`
	RefreshToken          string    `json:"refreshToken,omitempty"`
	AccessTokenExpiresAt  time.Time `json:"accessTokenExpiresAt"`
	RefreshTokenExpiresAt time.Time `json:"refreshTokenExpiresAt"`
}

// replySignedIn answers a successful registration or sign-in. The session that
// the client came with ends: its cookies are about to be replaced, and who
// planted them must not share what follows (OWASP ASVS 7.2.4).
func (a *API) replySignedIn(c *gin.Context, status int, message string, user models.User, g auth.Grant, via transport) error {
	err := a.service.Logout(c.Request.Context(), middleware.AccessTokens(c.Request, a.cookies), a.cookies.Refresh(c.Request))
	if err != nil {
		return err
	}
	body := a.hand(c, g, via)
	shown := toUser(user)
	body.User = &shown
	return middleware.Reply(c, status, message, body)
}

// hand passes the tokens on: into cookies or into the body, never both.
func (a *API) hand(c *gin.Context, g auth.Grant, via transport) grantBody {
	body := grantBody{
		AccessTokenExpiresAt:  g.AccessExpiresAt.UTC(),
		RefreshTokenExpiresAt: g.RefreshExpiresAt.UTC(),
	}
	if via == viaBody {
		body.AccessToken, body.RefreshToken = g.AccessToken, g.RefreshToken
		return body
	}
	a.cookies.Set(c.Writer, g)
	return body
}

// transport is how a client wants its tokens.
type transport string

const (
	viaCookie transport = "" // or "cookie": the default
	viaBody   transport = "body"
)

func (t transport) check() error {
	if t == viaCookie || t == viaBody || t == "cookie" {
		return nil
	}
	return &apperror.Error{
		Code:    apperror.CodeValidation,
		Message: "some fields are not valid",
		Fields:  []apperror.FieldError{{Field: "transport", Message: `must be "cookie" or "body"`}},
	}
}
