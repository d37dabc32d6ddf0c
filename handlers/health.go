package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"sallyport/internal/apperror"
	"sallyport/middleware"
)

const readyTimeout = 2 * time.Second // a database slower than this serves nobody

// Health is what /readyz asks.
type Health struct {
	Draining func() bool                 // this server stops soon, and still answers
	Database func(context.Context) error // nil when the database answers
	// Helpful are the parts, by name, without which requests are answered all the
	// same. An error makes one "degraded", and the server stays ready: a load balancer
	// that took away every server would make it worse.
	Helpful map[string]func(context.Context) error
}

// alive answers as long as the process serves requests at all.
func (a *API) alive(c *gin.Context) error {
	return middleware.Reply(c, http.StatusOK, "alive", nil)
}

// ready answers 200 when the database answers and the server does not stop, so
// that a load balancer sends requests here.
func (a *API) ready(c *gin.Context) error {
	if a.Health.Draining() {
		return &apperror.Error{Code: apperror.CodeNotReady, Message: "draining: this server stops soon"}
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), readyTimeout)
	defer cancel()
	if err := a.Health.Database(ctx); err != nil {
		return &apperror.Error{Code: apperror.CodeNotReady, Message: "the database does not answer", Cause: err}
	}
	parts := gin.H{"database": "ok"}
	for name, works := range a.Health.Helpful {
		parts[name] = "ok"
		if works(ctx) != nil {
			parts[name] = "degraded"
		}
	}
	return middleware.Reply(c, http.StatusOK, "ready", parts)
}

// healthcheck is Streamify's.
func (a *API) healthcheck(c *gin.Context) error {
	return middleware.Reply(c, http.StatusOK, "OK", nil)
}
