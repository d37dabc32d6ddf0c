package handlers

import (
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"sallyport/auth"
	"sallyport/auth/session"
	"sallyport/internal/apperror"
	"sallyport/middleware"
	"sallyport/models"
)

func (a *API) listSessions(c *gin.Context) error {
	identity := middleware.Identity(c.Request.Context())
	sessions, err := a.Auth.OwnSessions(c.Request.Context(), identity)
	if err != nil {
		return err
	}
	bodies := make([]sessionBody, len(sessions))
	for i, session := range sessions {
		bodies[i] = toSession(session, session.ID == identity.SessionID)
	}
	return middleware.Reply(c, http.StatusOK, "Active sessions", bodies)
}

func (a *API) endSession(c *gin.Context) error {
	current, err := a.Auth.EndOwnSession(c.Request.Context(), actor(c), c.Param("id"))
	if err != nil {
		return err
	}
	if current {
		a.clearOwn(c)
	}
	return middleware.Reply(c, http.StatusOK, "Session ended", nil)
}

func (a *API) endSessions(c *gin.Context) error {
	all, err := bindFlag(c, "all")
	if err != nil {
		return err
	}
	ended, err := a.Auth.EndOwnSessions(c.Request.Context(), actor(c), all)
	if err != nil {
		return err
	}
	message := "Other sessions ended"
	if all {
		message = "All sessions ended"
		a.clearOwn(c)
	}
	return middleware.Reply(c, http.StatusOK, message, endedBody{Ended: ended})
}

// clearOwn drops the cookies of the session that has just ended itself.
func (a *API) clearOwn(c *gin.Context) {
	a.clearWorthless(c, auth.Client{AccessTokens: middleware.AccessTokens(c.Request, a.Cookies)})
}

type endedBody struct {
	Ended int `json:"ended"`
}

// sessionBody is a session as its owner sees it: no token id ever.
type sessionBody struct {
	ID         string    `json:"id"`
	Device     string    `json:"device"`    // for people
	UserAgent  string    `json:"userAgent"` // what the client said, "" when nothing
	IP         string    `json:"ip"`
	SignedInAt timestamp `json:"signedInAt"`
	LastUsedAt timestamp `json:"lastUsedAt"` // sign-in or the latest refresh
	ExpiresAt  timestamp `json:"expiresAt"`  // unless it is refreshed before
	Current    bool      `json:"current"`    // the one that asks
}

func toSession(s models.Session, current bool) sessionBody {
	return sessionBody{
		ID:         s.ID.String(),
		Device:     session.Device{UserAgent: s.UserAgent}.Name(),
		UserAgent:  s.UserAgent,
		IP:         s.IP,
		SignedInAt: timestamp(s.SignedInAt),
		LastUsedAt: timestamp(s.LastUsedAt),
		ExpiresAt:  timestamp(s.ExpiresAt),
		Current:    current,
	}
}

// bindFlag reads a query parameter that is true or false, false when it is
// absent. A query that does not parse is refused: url.URL.Query would drop the
// bad part silently.
func bindFlag(c *gin.Context, name string) (bool, error) {
	query, err := url.ParseQuery(c.Request.URL.RawQuery)
	given := query[name]
	switch {
	case err == nil && len(given) == 0:
		return false, nil
	case err == nil && len(given) == 1 && (given[0] == "true" || given[0] == "false"):
		return given[0] == "true", nil
	}
	invalid := apperror.Invalid(apperror.FieldError{Field: name, Message: "must be true or false"})
	invalid.Cause = err
	return false, invalid
}
