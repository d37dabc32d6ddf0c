package handlers

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"sallyport/admin"
	"sallyport/internal/apperror"
	"sallyport/middleware"
	"sallyport/models"
)

func (a *API) listUsers(c *gin.Context) error {
	query := bindQuery(c)
	wanted := admin.Query{
		Search: query.text("search", 254),
		Role:   models.Role(query.choice("role", "user", "admin")),
		Status: models.Status(query.choice("status", "enabled", "disabled", "locked", "unverified")),
		Before: query.id("cursor", notAnEarlierNext),
		Limit:  query.limit(),
	}
	if err := query.err(); err != nil {
		return err
	}
	page, err := a.Admin.Users(c.Request.Context(), wanted)
	if err != nil {
		return err
	}
	body := adminUsersBody{Users: make([]adminUserBody, len(page.Users))}
	for i, user := range page.Users {
		body.Users[i] = a.toAdminUser(user)
	}
	if page.Next != uuid.Nil {
		body.Next = page.Next.String()
	}
	return middleware.Reply(c, http.StatusOK, "Users", body)
}

func (a *API) showUser(c *gin.Context) error {
	id, err := userID(c)
	if err != nil {
		return err
	}
	user, err := a.Admin.User(c.Request.Context(), id)
	if err != nil {
		return err
	}
	body := adminDetailBody{User: a.toAdminUser(user), Sessions: []sessionBody{}}
	own := middleware.Identity(c.Request.Context()).SessionID
	for _, session := range a.Auth.Listed(user) {
		body.Sessions = append(body.Sessions, toSession(session, session.ID == own))
	}
	return middleware.Reply(c, http.StatusOK, "User", body)
}

// changeUser is the handler of a change that needs nothing but the user.
func (a *API) changeUser(done string, change func(context.Context, admin.Actor, uuid.UUID) (models.User, error)) func(*gin.Context) error {
	return func(c *gin.Context) error {
		id, err := userID(c)
		if err != nil {
			return err
		}
		user, err := change(c.Request.Context(), administrator(c), id)
		if err != nil {
			return err
		}
		return middleware.Reply(c, http.StatusOK, done, a.toAdminUser(user))
	}
}

func (a *API) setRole(c *gin.Context) error {
	id, err := userID(c)
	if err != nil {
		return err
	}
	var req roleRequest
	if err := bind(c, &req); err != nil {
		return err
	}
	user, err := a.Admin.SetRole(c.Request.Context(), administrator(c), id, models.Role(req.Role))
	if err != nil {
		return err
	}
	return middleware.Reply(c, http.StatusOK, "Role changed", a.toAdminUser(user))
}

type roleRequest struct {
	Role string `json:"role"`
}

func (a *API) sendReset(c *gin.Context) error {
	id, err := userID(c)
	if err != nil {
		return err
	}
	if err := a.Admin.SendReset(c.Request.Context(), administrator(c), id); err != nil {
		return err
	}
	return middleware.Reply(c, http.StatusOK, "A link is on its way to the user", nil)
}

func (a *API) endSessionsOf(c *gin.Context) error {
	id, err := userID(c)
	if err != nil {
		return err
	}
	ended, err := a.Admin.EndSessions(c.Request.Context(), administrator(c), id)
	if err != nil {
		return err
	}
	return middleware.Reply(c, http.StatusOK, "Sessions ended", endedBody{Ended: ended})
}

func (a *API) endSessionOf(c *gin.Context) error {
	id, err := userID(c)
	if err != nil {
		return err
	}
	session, err := idOf(c, "session", "no such session")
	if err != nil {
		return err
	}
	if err := a.Admin.EndSession(c.Request.Context(), administrator(c), id, session); err != nil {
		return err
	}
	return middleware.Reply(c, http.StatusOK, "Session ended", nil)
}

func (a *API) deleteUserOf(c *gin.Context) error {
	id, err := userID(c)
	if err != nil {
		return err
	}
	if err := a.Admin.Delete(c.Request.Context(), administrator(c), id); err != nil {
		return err
	}
	return middleware.Reply(c, http.StatusOK, "User deleted", nil)
}

// administrator is who asks.
func administrator(c *gin.Context) admin.Actor {
	who := actor(c)
	return admin.Actor{UserID: who.User.ID, SessionID: who.SessionID, Device: who.Device}
}

func userID(c *gin.Context) (uuid.UUID, error) { return idOf(c, "id", "no such user") }

// idOf reads an id of the path. Text that is no id is nobody's.
func idOf(c *gin.Context, name, unknown string) (uuid.UUID, error) {
	id, err := uuid.Parse(c.Param(name))
	if err != nil || id.String() != c.Param(name) { // one spelling of an id
		return uuid.Nil, &apperror.Error{Code: apperror.CodeNotFound, Message: unknown}
	}
	return id, nil
}

// adminUsersBody is a page, newest first. Next is what cursor is on the next one,
// "" on the last.
type adminUsersBody struct {
	Users []adminUserBody `json:"users"`
	Next  string          `json:"next"`
}

// adminUserBody is a user as an administrator sees one.
type adminUserBody struct {
	userBody
	Disabled bool `json:"disabled"`
	Locked   bool `json:"locked"` // by too many wrong passwords
}

type adminDetailBody struct {
	User     adminUserBody `json:"user"`
	Sessions []sessionBody `json:"sessions"`
}

func (a *API) toAdminUser(u models.User) adminUserBody {
	return adminUserBody{userBody: a.toUser(u), Disabled: u.Disabled(), Locked: u.Locked()}
}
