// Package wire builds the program from its configuration and gives each part
// what it needs; no other package knows all of them. main runs what [New]
// returns, and so do the tests.
package wire

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/redis/go-redis/v9"

	"sallyport/account"
	"sallyport/admin"
	"sallyport/auth"
	"sallyport/auth/password"
	"sallyport/auth/session"
	"sallyport/auth/token"
	"sallyport/config"
	"sallyport/handlers"
	"sallyport/internal/breach"
	"sallyport/internal/mail"
	"sallyport/internal/metrics"
	"sallyport/internal/ratelimit"
	"sallyport/middleware"
	"sallyport/models"
	"sallyport/web"
)

// Parts is what is open before requests are served, and what tests replace.
// Every field is needed that does not say what nil means.
type Parts struct {
	Config    config.Config
	Store     *models.Store
	Redis     *redis.Client      // what instances share; nil: this one is alone
	Counters  ratelimit.Counters // of the limits; nil: in Redis, or in this process
	Hasher    *password.Hasher
	Templates *mail.Templates
	Spec      []byte // openapi.yaml
	Now       func() time.Time
	// Background runs what no answer waits for, each task within 10 seconds. The
	// program starts a goroutine; a test that wants to see the effect runs the task.
	Background func(task func())
	Draining   func() bool // the program is told to stop and still answers
	Log        *slog.Logger
	Requests   *slog.Logger     // gets a line for each answered request and nothing else
	Metrics    *metrics.Metrics // nil: nothing is counted
}

// Program is what is served, and what runs beside it.
type Program struct {
	Handler http.Handler
	Ops     http.Handler  // of the listener for operators; nil where nothing is counted
	Courier *mail.Courier // nil where nobody can get mail
	Admin   *admin.Service
	// Sweep deletes what has had its time. Call it now and then, on each instance:
	// one of them does it.
	Sweep func(ctx context.Context) error
	// News carries what changes between this instance and other processes, until ctx
	// ends. Until it is called a change by another process is seen late.
	News func(ctx context.Context)
}

// New builds the program.
func New(p Parts) (Program, error) {
	pictures, err := newPictures(p.Config.Media)
	if err != nil {
		return Program{}, err
	}
	if p.Counters == nil {
		p.Counters = counters(p.Redis)
	}
	limits, err := newLimiters(p)
	if err != nil {
		return Program{}, err
	}
	var courier *mail.Courier
	others := &outside{}
	service, err := newService(p, limits, others.forAuth(p.Config), func() { courier.Wake() })
	if err != nil {
		return Program{}, err
	}
	others.connect(p, service)
	if p.Config.Mail.Possible(p.Config.Production) {
		courier = newCourier(p, service)
	}
	people := newAccount(p, service, pictures)
	admins := newAdmin(p, service, people)
	handler := newHandler(p, limits, service, people, admins, others.helpful(p))
	return Program{handler, newOps(p, service, others), courier, admins, sweep(p, pictures), others.run}, nil
}

// sweep deletes activity that is older than it is kept, one-time tokens that are
// long over, for until then whoever opens such a link learns that it has expired,
// and pictures that are nobody's, unless another instance does it.
func sweep(p Parts, pictures account.PictureStore) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		now := p.Now()
		mine, err := p.Store.Lease(ctx, "sweep", now, now.Add(sweepLease))
		if err != nil || !mine {
			return err
		}
		return errors.Join(
			p.Store.Sweep(ctx, now.Add(-p.Config.ActivityRetention), now.Add(-oldLinks)),
			account.SweepPictures(ctx, p.Store, pictures, now),
		)
	}
}

const (
	oldLinks   = 7 * 24 * time.Hour
	sweepLease = 30 * time.Minute // where the instance that sweeps dies, another one does it then
)

func newHandler(p Parts, limits limiters, service *auth.Service, people *account.Service, admins *admin.Service, helpful map[string]func(context.Context) error) http.Handler {
	c := p.Config
	proxies := middleware.NewProxies(c.TrustedProxies, p.Log)
	origins := middleware.NewOrigins(c.PublicURL, c.CORSOrigins, c.CORSLocal, p.Log)
	engine := newEngine(p, proxies, origins)
	handlers.New(handlers.Options{
		Auth:      service,
		Account:   people,
		Admin:     admins,
		Locale:    p.Templates.Match,
		PublicURL: c.PublicURL,
		Cookies:   middleware.NewCookies(c.Cookies, p.Now),
		Limiters:  limits.ofRoutes(),
		Health:    handlers.Health{Draining: p.Draining, Database: p.Store.Ping, Helpful: helpful},
		Yours:     p.Store,
		Spec:      p.Spec,
		Docs:      c.Docs,
		App:       app(c),
		LinkPages: c.AppURL == c.PublicURL,
	}).Register(engine)
	handler := middleware.EndAfterChunked(middleware.AllowOrigins(origins, engine))
	return middleware.SecureHeaders(c.HSTS, proxies, handler)
}

// app returns the app at "/", nil where DEMO is off.
func app(c config.Config) http.Handler {
	if !c.Demo {
		return nil
	}
	return web.App(!c.Production, c.Sessions.RefreshGrace)
}

func newService(p Parts, limits limiters, others auth.Outside, wake func()) (*auth.Service, error) {
	c := p.Config
	return auth.New(auth.Options{
		Store:   p.Store,
		Hasher:  p.Hasher,
		Access:  token.NewAccess(c.AccessToken.Secrets, p.Now),
		Refresh: token.NewRefresh(c.RefreshToken.Secrets, p.Now),
		Sessions: session.Policy{
			RefreshExpiry: c.RefreshToken.Expiry,
			MaxAge:        c.Sessions.MaxAge,
			Grace:         c.Sessions.RefreshGrace,
			Max:           c.Sessions.Max,
		},
		AccessExpiry: c.AccessToken.Expiry,
		CacheTTL:     cacheTTL(c),
		Outside:      others,
		MustVerify:   c.Mail.RequireVerified,
		Post:         post(c, limits, wake),
		Passwords:    auth.PasswordPolicy{MinLength: c.PasswordMinLength, SiteWords: siteWords(c.PublicURL)},
		Breaches:     breaches(c.BreachListURL),
		Guesses:      limits[config.LoginPerAccount],
		Refreshes:    limits[config.RefreshPerSession],
		Meter:        meter(p.Metrics),
		Background:   p.Background,
		Now:          p.Now,
		Log:          p.Log,
	})
}

// breaches is nil where no list is configured.
func breaches(url string) auth.BreachList {
	if url == "" {
		return nil
	}
	return breach.New(url)
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

// newEngine returns a Gin engine with everything that every request passes,
// outermost first.
func newEngine(p Parts, proxies *middleware.Proxies, origins *middleware.Origins) *gin.Engine {
	gin.SetMode(gin.ReleaseMode) // else Gin prints its routes and warnings
	engine := gin.New()
	engine.RedirectTrailingSlash = false
	engine.HandleMethodNotAllowed = true
	engine.ForwardedByClientIP = false // Proxies reads X-Forwarded-For; Gin reads fewer of its forms
	engine.Use(
		middleware.AssignOrigin(proxies),
		middleware.LogRequests(p.Requests, observe(p.Metrics)),
		middleware.Errors(p.Log),
		middleware.Recover(),
	)
	if p.Config.Production {
		engine.Use(middleware.RequireHTTPS(proxies))
	}
	engine.Use(middleware.RefuseCrossOrigin(origins, p.Log))
	return engine
}
