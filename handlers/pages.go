package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"sallyport/web"
)

// pages is what a browser shows: the app and the API reference, each
// switched by its variable, the pages of links in mail, unless another site has
// them, and always the client.
func (a *API) pages() []route {
	shown := []route{{http.MethodGet, "/client.js", public, nil, page(web.Client())}}
	if a.App != nil {
		shown = append(shown,
			route{http.MethodGet, "/", public, nil, page(a.App)},
			route{http.MethodGet, "/admin", public, nil, page(web.Admin())}, // one signs in at "/"
		)
	}
	if a.Docs {
		shown = append(shown,
			route{http.MethodGet, "/docs", public, nil, page(web.Docs())},
			route{http.MethodGet, "/openapi.yaml", public, nil, a.openAPI},
		)
	}
	if a.LinkPages {
		shown = append(shown,
			route{http.MethodGet, "/verify-email", public, nil, page(web.Link())},
			route{http.MethodGet, "/reset-password", public, nil, page(web.Link())},
			route{http.MethodGet, "/undo-email-change", public, nil, page(web.Link())},
		)
	}
	has := web.Has
	if a.App == nil && !a.Docs {
		has = web.HasForLinks
	}
	if len(shown) > 1 {
		shown = append(shown, route{http.MethodGet, "/assets/*file", public, nil, assets(has)})
	}
	return shown
}

func page(h http.Handler) func(*gin.Context) error {
	return func(c *gin.Context) error {
		h.ServeHTTP(c.Writer, c.Request)
		return nil
	}
}

func assets(has func(path string) bool) func(*gin.Context) error {
	return func(c *gin.Context) error {
		if !has(c.Request.URL.Path) {
			return notFound(c)
		}
		web.Assets().ServeHTTP(c.Writer, c.Request)
		return nil
	}
}

func (a *API) openAPI(c *gin.Context) error {
	c.Data(http.StatusOK, "application/yaml", a.Spec) // RFC 9512
	return nil
}
