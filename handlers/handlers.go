// Package handlers is the HTTP face of the program: routes.go lists the whole
// API, and each resource has a file of its own. An endpoint has three blocks:
// bind, one call into auth, reply. Most callers need [New] and [API.Register].
package handlers

import (
	"net/http"

	"sallyport/account"
	"sallyport/admin"
	"sallyport/auth"
	"sallyport/internal/ratelimit"
	"sallyport/middleware"
)

// Options is what the endpoints work with. Every field is needed.
type Options struct {
	Auth     *auth.Service
	Account  *account.Service
	Admin    *admin.Service
	Cookies  middleware.Cookies
	Limiters Limiters
	Health   Health
	Yours    Yours
	// Locale returns the language of mail that suits an Accept-Language header best.
	Locale    func(acceptLanguage string) string
	PublicURL string       // of this server, without a slash at the end
	Spec      []byte       // openapi.yaml
	Docs      bool         // serve the API reference
	App       http.Handler // the app at "/"; nil: not served
	LinkPages bool         // serve the pages that links in mail open
}

// Limiters are the limits that the route table names.
type Limiters struct {
	RegisterPerAddress ratelimit.Limiter
	RegisterGlobal     ratelimit.Limiter
	LoginPerAddress    ratelimit.Limiter
	LoginGlobal        ratelimit.Limiter
	RefreshPerAddress  ratelimit.Limiter
	ProfilePerAddress  ratelimit.Limiter
	MailPerAddress     ratelimit.Limiter
}

// API is the endpoints.
type API struct {
	Options
	uploading slots
}

// New returns the API of these options.
func New(o Options) *API { return &API{Options: o} }
