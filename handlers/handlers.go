// Package handlers is the HTTP face of the program: routes.go lists the whole
// API, and each endpoint has a file of its own in three blocks: bind, one call
// into auth, reply. Most callers need [New].
package handlers

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"sallyport/auth"
	"sallyport/auth/password"
	"sallyport/auth/token"
	"sallyport/config"
	"sallyport/internal/ratelimit"
	"sallyport/middleware"
	"sallyport/models"
)

const maxBody = 16 << 10 // bytes; the largest honest body is a registration of well under 4 KB

// Options is what the program is made of. Every field is needed.
type Options struct {
	Config   config.Config
	Store    *models.Store
	Counters ratelimit.Counters // of the limits
	Hasher   *password.Hasher
	Spec     []byte // openapi.yaml
	Now      func() time.Time
	Log      *slog.Logger
	// Requests gets a line for each answered request and nothing else.
	Requests *slog.Logger
}

// API is what the handlers work with.
type API struct {
	service  *auth.Service
	store    *models.Store
	limiters map[config.Limit]ratelimit.Limiter
	cookies  middleware.Cookies
	spec     []byte
	docs     bool
	demo     bool
}

// New wires the program and returns it as one handler.
func New(o Options) (http.Handler, error) {
	limiters, err := limiters(o.Config.Limits, o.Counters, o.Log)
	if err != nil {
		return nil, err
	}
	service, err := newService(o, limiters)
	if err != nil {
		return nil, err
	}
	api := &API{
		service:  service,
		store:    o.Store,
		limiters: limiters,
		cookies:  middleware.NewCookies(o.Config.Cookies, o.Now),
		spec:     o.Spec,
		docs:     o.Config.Docs,
		demo:     o.Config.Demo,
	}
	transport, err := middleware.NewTransport(o.Config.TrustedProxies)
	if err != nil {
		return nil, err
	}
	engine, err := newEngine(o, transport)
	if err != nil {
		return nil, err
	}
	api.register(engine)
	handler := middleware.EndAfterChunked(middleware.AllowOrigins(o.Config.CORSOrigins, engine))
	return middleware.SecureHeaders(o.Config.HSTS, transport, handler), nil
}

func newService(o Options, limiters map[config.Limit]ratelimit.Limiter) (*auth.Service, error) {
	c := o.Config
	return auth.New(auth.Options{
		Store:   o.Store,
		Hasher:  o.Hasher,
		Access:  token.NewAccess(c.AccessToken.Secrets, o.Now),
		Refresh: token.NewRefresh(c.RefreshToken.Secrets, o.Now),
		Policy: auth.Policy{
			AccessExpiry:  c.AccessToken.Expiry,
			RefreshExpiry: c.RefreshToken.Expiry,
			MaxAge:        c.Sessions.MaxAge,
			Grace:         c.Sessions.RefreshGrace,
			MaxSessions:   c.Sessions.Max,
			CacheTTL:      cacheTTL(c),
		},
		Password:  auth.PasswordPolicy{MinLength: c.PasswordMinLength, SiteWords: siteWords(c.PublicURL)},
		Guesses:   limiters[config.LoginPerAccount],
		Refreshes: limiters[config.RefreshPerAccount],
		Now:       o.Now,
		Log:       o.Log,
	})
}

// siteWords are the product's name and the parts of the host that the user
// sees in the address bar.
func siteWords(publicURL string) []string {
	words := []string{"sallyport"}
	if u, err := url.Parse(publicURL); err == nil {
		words = append(words, strings.Split(u.Hostname(), ".")...)
	}
	return words
}

// cacheTTL is 0 on PostgreSQL, where another instance may end a session that
// this one remembers: revocation is immediate there too, at a query a request.
func cacheTTL(c config.Config) time.Duration {
	if models.Driver(c.Database.Driver) == models.Postgres {
		return 0
	}
	return c.Sessions.CacheTTL
}

// newEngine returns a Gin engine with everything that every request passes,
// outermost first.
func newEngine(o Options, transport middleware.Transport) (*gin.Engine, error) {
	refuseCrossOrigin, err := middleware.RefuseCrossOrigin(o.Config.CORSOrigins, o.Log)
	if err != nil {
		return nil, err
	}
	gin.SetMode(gin.ReleaseMode) // else Gin prints its routes and warnings
	engine := gin.New()
	engine.RedirectTrailingSlash = false
	engine.HandleMethodNotAllowed = true
	engine.RemoteIPHeaders = []string{"X-Forwarded-For"} // and not X-Real-Ip, which proxies pass on as it came
	if err := engine.SetTrustedProxies(o.Config.TrustedProxies); err != nil {
		return nil, err
	}
	engine.Use(
		middleware.AssignRequestID(),
		middleware.LogRequests(o.Requests),
		middleware.Errors(o.Log),
		middleware.Recover(),
	)
	if o.Config.Production {
		engine.Use(middleware.RequireHTTPS(transport))
	}
	engine.Use(refuseCrossOrigin, middleware.LimitBody(maxBody))
	return engine, nil
}
