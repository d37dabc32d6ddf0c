package handlers

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"sallyport/middleware"
	"sallyport/models"
)

func (a *API) listSessions(c *gin.Context) error {
	identity := middleware.Identity(c.Request.Context())
	sessions, err := a.service.OwnSessions(c.Request.Context(), identity)
	if err != nil {
		return err
	}
	bodies := make([]sessionBody, len(sessions))
	for i, session := range sessions {
		bodies[i] = toSession(session, session.ID == identity.SessionID)
	}
	return middleware.Reply(c, http.StatusOK, "Active sessions", bodies)
}

// sessionBody is a session as its owner sees it: no token id ever.
type sessionBody struct {
	ID         string    `json:"id"`
	Device     string    `json:"device"`    // for people
	UserAgent  string    `json:"userAgent"` // what the client said, "" when nothing
	IP         string    `json:"ip"`
	SignedInAt time.Time `json:"signedInAt"`
	LastUsedAt time.Time `json:"lastUsedAt"` // sign-in or the latest refresh
	ExpiresAt  time.Time `json:"expiresAt"`  // unless it is refreshed before
	Current    bool      `json:"current"`    // the one that asks
}

func toSession(s models.Session, current bool) sessionBody {
	return sessionBody{
		ID:         s.ID.String(),
		Device:     deviceName(s.UserAgent),
		UserAgent:  s.UserAgent,
		IP:         s.IP,
		SignedInAt: s.SignedInAt.UTC(),
		LastUsedAt: s.LastUsedAt.UTC(),
		ExpiresAt:  s.ExpiresAt.UTC(),
		Current:    current,
	}
}
