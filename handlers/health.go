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

// alive answers as long as the process serves requests at all.
func (a *API) alive(c *gin.Context) error {
	return middleware.Reply(c, http.StatusOK, "alive", nil)
}

// ready answers 200 when the database answers, so that a load balancer sends
// requests here.
func (a *API) ready(c *gin.Context) error {
	ctx, cancel := context.WithTimeout(c.Request.Context(), readyTimeout)
	defer cancel()
	if err := a.Ping(ctx); err != nil {
		return &apperror.Error{Code: apperror.CodeNotReady, Message: "the database does not answer", Cause: err}
	}
	return middleware.Reply(c, http.StatusOK, "ready", gin.H{"database": "ok"})
}

// healthcheck is Streamify's.
func (a *API) healthcheck(c *gin.Context) error {
	return middleware.Reply(c, http.StatusOK, "OK", nil)
}
