package handlers

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"sallyport/account"
	"sallyport/internal/apperror"
	"sallyport/internal/media"
	"sallyport/middleware"
)

// setPicture takes the file in the field of the picture's name.
func (a *API) setPicture(p account.Picture, message string) func(*gin.Context) error {
	return func(c *gin.Context) error {
		sent, err := a.bindForm(c, []account.Picture{p})
		if err != nil {
			return err
		}
		file, found := sent.files[p]
		if !found {
			return apperror.Invalid(apperror.FieldError{Field: string(p), Message: "is required: a file in the field " + string(p)})
		}
		user, err := a.Account.SetPicture(c.Request.Context(), actor(c), p, file)
		if err != nil {
			return err
		}
		return middleware.Reply(c, http.StatusOK, message, a.toUser(user))
	}
}

func (a *API) removePicture(p account.Picture, message string) func(*gin.Context) error {
	return func(c *gin.Context) error {
		user, err := a.Account.RemovePicture(c.Request.Context(), actor(c), p)
		if err != nil {
			return err
		}
		return middleware.Reply(c, http.StatusOK, message, a.toUser(user))
	}
}

// showPicture answers with a stored picture. A name stands for the same bytes for
// ever, so they are cached for ever. The type is ours and not to be guessed,
// and the policy runs nothing, also where a browser opens the picture by itself
// (OWASP ASVS 3.2.1). Pages of every site may show it.
func (a *API) showPicture(c *gin.Context) error {
	name := c.Param("name")
	picture, err := a.Account.OpenPicture(c.Request.Context(), name)
	if err != nil {
		return err
	}
	defer picture.Close()
	c.Header("Content-Type", media.ContentType(name))
	c.Header("Content-Security-Policy", "default-src 'none'; sandbox")
	c.Header("Cross-Origin-Resource-Policy", "cross-origin")
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeContent(c.Writer, c.Request, "", time.Time{}, picture)
	return nil
}

// pictureURL is where browsers find a picture: one that is stored here, or one
// whose absolute URL the row holds.
func (a *API) pictureURL(stored string) string {
	if media.IsName(stored) {
		return a.PublicURL + "/media/" + stored
	}
	return stored
}
