package middleware

import (
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"sallyport/auth"
)

// RefuseCrossOrigin answers 403 to a state-changing request that a browser
// sent from a page of another origin than our own and the listed ones, going by
// Sec-Fetch-Site and Origin (OWASP ASVS 3.5.1). Requests with neither header
// are no browser's and pass.
func RefuseCrossOrigin(origins []string) (gin.HandlerFunc, error) {
	protection := http.NewCrossOriginProtection()
	for _, origin := range origins {
		if err := protection.AddTrustedOrigin(origin); err != nil {
			return nil, fmt.Errorf("CORS_ORIGIN: %w", err)
		}
	}
	return func(c *gin.Context) {
		if err := protection.Check(c.Request); err != nil {
			Refuse(c, &auth.Error{Code: CodeCrossOrigin, Message: "cross-origin request refused", Cause: err})
		}
	}, nil
}
