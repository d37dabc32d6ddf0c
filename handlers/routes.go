package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"sallyport/account"
	"sallyport/internal/apperror"
	"sallyport/internal/ratelimit"
	"sallyport/middleware"
)

// access says who may use a route.
type access int

const (
	public   access = iota // anybody; the handler reads the credential itself where there is one
	signedIn               // a live session; the handler finds it with middleware.Identity
	admins                 // a live session of an administrator
)

// route is one line of the API.
type route struct {
	method  string
	path    string
	access  access
	limits  limits
	handler func(*gin.Context) error
}

// routes is the whole API, but for fileRoutes. What a limit counts per account it counts in auth,
// which knows the account: login, change-password and refresh-token.
func (a *API) routes() []route {
	l := a.Limiters
	return []route{
		{http.MethodPost, "/api/v1/auth/login", public, limits{perAddress(l.LoginPerAddress), global(l.LoginGlobal)}, a.login},
		{http.MethodPost, "/api/v1/auth/refresh-token", public, limits{perAddress(l.RefreshPerAddress)}, a.refreshToken},
		{http.MethodPost, "/api/v1/auth/logout", public, nil, a.logout},

		{http.MethodPost, "/api/v1/auth/forgot-password", public, limits{perAddress(l.MailPerAddress)}, a.forgotPassword},
		{http.MethodPost, "/api/v1/auth/reset-password", public, limits{perAddress(l.LoginPerAddress), global(l.LoginGlobal)}, a.resetPassword},
		{http.MethodPost, "/api/v1/auth/resend-verification", public, limits{perAddress(l.MailPerAddress)}, a.resendVerification},
		{http.MethodPost, "/api/v1/auth/verify-email", public, limits{perAddress(l.LoginPerAddress)}, a.verifyEmail},
		{http.MethodPost, "/api/v1/auth/undo-email-change", public, limits{perAddress(l.LoginPerAddress)}, a.undoEmailChange},

		{http.MethodGet, "/api/v1/users/current-user", signedIn, nil, a.currentUser},
		{http.MethodPatch, "/api/v1/users/update-account", signedIn, limits{perAddress(l.ProfilePerAddress)}, a.updateAccount},
		{http.MethodDelete, "/api/v1/users/current-user", signedIn, limits{perAddress(l.LoginPerAddress), global(l.LoginGlobal)}, a.deleteUser},
		{http.MethodPost, "/api/v1/users/change-email", signedIn, limits{perAddress(l.MailPerAddress), perAddress(l.LoginPerAddress), global(l.LoginGlobal)}, a.changeEmail},
		{http.MethodGet, "/api/v1/users/activity", signedIn, nil, a.listActivity},
		{http.MethodPost, "/api/v1/users/change-password", signedIn, limits{perAddress(l.LoginPerAddress), global(l.LoginGlobal)}, a.changePassword},
		{http.MethodGet, "/api/v1/users/sessions", signedIn, nil, a.listSessions},
		{http.MethodDelete, "/api/v1/users/sessions", signedIn, nil, a.endSessions},
		{http.MethodDelete, "/api/v1/users/sessions/:id", signedIn, nil, a.endSession},

		{http.MethodDelete, "/api/v1/users/avatar", signedIn, limits{perAddress(l.ProfilePerAddress)}, a.removePicture(account.Avatar, "Avatar removed")},
		{http.MethodDelete, "/api/v1/users/cover-image", signedIn, limits{perAddress(l.ProfilePerAddress)}, a.removePicture(account.CoverImage, "Cover image removed")},

		{http.MethodGet, "/api/v1/admin/users", admins, nil, a.listUsers},
		{http.MethodGet, "/api/v1/admin/users/:id", admins, nil, a.showUser},
		{http.MethodDelete, "/api/v1/admin/users/:id", admins, nil, a.deleteUserOf},
		{http.MethodPost, "/api/v1/admin/users/:id/disable", admins, nil, a.changeUser("User disabled", a.Admin.Disable)},
		{http.MethodPost, "/api/v1/admin/users/:id/enable", admins, nil, a.changeUser("User enabled", a.Admin.Enable)},
		{http.MethodPost, "/api/v1/admin/users/:id/unlock", admins, nil, a.changeUser("User unlocked", a.Admin.Unlock)},
		{http.MethodPost, "/api/v1/admin/users/:id/send-reset", admins, limits{perAddress(l.MailPerAddress)}, a.sendReset},
		{http.MethodPatch, "/api/v1/admin/users/:id/role", admins, nil, a.setRole},
		{http.MethodDelete, "/api/v1/admin/users/:id/sessions", admins, nil, a.endSessionsOf},
		{http.MethodDelete, "/api/v1/admin/users/:id/sessions/:session", admins, nil, a.endSessionOf},
		{http.MethodGet, "/api/v1/admin/events", admins, nil, a.listEvents},
		{http.MethodGet, "/api/v1/admin/events.csv", admins, nil, a.exportEvents},

		// Your routes go here.

		{http.MethodGet, "/media/:name", public, nil, a.showPicture},
		{http.MethodGet, "/healthz", public, nil, a.alive},
		{http.MethodGet, "/readyz", public, nil, a.ready},
		{http.MethodGet, "/api/v1/healthcheck", public, nil, a.healthcheck},
	}
}

// fileRoutes are the routes that take files: their bodies may be larger than
// MaxBody. The rest of the API is in routes.
func (a *API) fileRoutes() []route {
	l := a.Limiters
	return []route{
		{http.MethodPost, "/api/v1/auth/register", public, limits{perAddress(l.RegisterPerAddress), global(l.RegisterGlobal)}, a.registerUser},
		{http.MethodPatch, "/api/v1/users/avatar", signedIn, limits{perAddress(l.ProfilePerAddress)}, a.setPicture(account.Avatar, "Avatar updated")},
		{http.MethodPatch, "/api/v1/users/cover-image", signedIn, limits{perAddress(l.ProfilePerAddress)}, a.setPicture(account.CoverImage, "Cover image updated")},
	}
}

// Yours is what your own endpoints need of models.Store: each declares an
// interface of the methods that it calls. docs/extending.md shows one.
type Yours interface {
	// Your interfaces go here.
}

// limits are those of one route. What one of them refuses the others do not
// count.
type limits []middleware.Limit

func perAddress(l ratelimit.Limiter) middleware.Limit {
	return middleware.Limit{Limiter: l, Key: middleware.Network}
}

func global(l ratelimit.Limiter) middleware.Limit {
	return middleware.Limit{Limiter: l, Key: middleware.Everybody}
}

// Register puts the routes and pages into the engine, and the envelope on
// whatever is none of them. Every GET answers HEAD too (RFC 9110 §9.3.2);
// net/http leaves out the body.
func (a *API) Register(engine *gin.Engine) {
	guards := map[access][]gin.HandlerFunc{
		public:   nil,
		signedIn: {middleware.LoadIdentity(a.Auth, a.Cookies), middleware.RequireIdentity()},
		admins:   {middleware.LoadIdentity(a.Auth, a.Cookies), middleware.RequireIdentity(), middleware.Require(a.Admin.Allow)},
	}
	add := func(limitBody gin.HandlerFunc, routes []route) {
		for _, r := range routes {
			chain := gin.HandlersChain{limitBody}
			if len(r.limits) > 0 { // before the guards, which read the database
				chain = append(chain, middleware.LimitRequests(r.limits...))
			}
			chain = append(chain, guards[r.access]...)
			chain = append(chain, middleware.Handler(r.handler))
			engine.Handle(r.method, r.path, chain...)
			if r.method == http.MethodGet {
				engine.Handle(http.MethodHead, r.path, chain...)
			}
		}
	}
	add(middleware.LimitBody(MaxBody), append(a.routes(), a.pages()...))
	add(middleware.AllowUpload(uploads, MaxBody), a.fileRoutes())
	engine.NoRoute(middleware.Handler(notFound))
	engine.NoMethod(middleware.Handler(func(*gin.Context) error {
		return &apperror.Error{Code: apperror.CodeMethodNotAllowed, Message: "method not allowed"}
	}))
}

func notFound(*gin.Context) error {
	return &apperror.Error{Code: apperror.CodeNotFound, Message: "no such route"}
}
