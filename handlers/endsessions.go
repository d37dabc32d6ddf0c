package handlers

import (
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"sallyport/internal/apperror"
	"sallyport/middleware"
)

func (a *API) endSessions(c *gin.Context) error {
	all, err := bindFlag(c, "all")
	if err != nil {
		return err
	}
	ended, err := a.service.EndOwnSessions(c.Request.Context(), middleware.Identity(c.Request.Context()), all)
	if err != nil {
		return err
	}
	message := "Other sessions ended"
	if all {
		message = "All sessions ended"
		a.cookies.Clear(c.Writer)
	}
	return middleware.Reply(c, http.StatusOK, message, endedBody{Ended: ended})
}

type endedBody struct {
	Ended int `json:"ended"`
}

// bindFlag reads a query parameter that is true or false, false when it is
// absent. A query that does not parse is refused: url.URL.Query would drop the
// bad part in silence.
func bindFlag(c *gin.Context, name string) (bool, error) {
	query, err := url.ParseQuery(c.Request.URL.RawQuery)
	given := query[name]
	switch {
	case err == nil && len(given) == 0:
		return false, nil
	case err == nil && len(given) == 1 && (given[0] == "true" || given[0] == "false"):
		return given[0] == "true", nil
	}
	return false, &apperror.Error{
		Code:    apperror.CodeValidation,
		Message: "some fields are not valid",
		Fields:  []apperror.FieldError{{Field: name, Message: "must be true or false"}},
		Cause:   err,
	}
}
