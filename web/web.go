// Package web serves the app at "/", the page of administrators, the API reference,
// the pages of links in mail, and the files that they load. All are embedded in the
// program. Most callers need [App] at "/", [Admin] at "/admin", [Docs] at "/docs",
// [Link], [Client] and [Assets] at "/assets/". The pages use no inline script and no
// other origin, so they also work offline. It imports no other package of the program.
package web

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// pagePolicy allows a page only files and requests of its own origin.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// linkPolicy allows less: its page has a token, and its form is sent by script.
const linkPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// assetPolicy allows nothing: it is for a file that is opened as a page.
const assetPolicy = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"

// App serves the app for any path. Mount it at exactly "/". With development it
// offers to invent a person. grace is REFRESH_GRACE, for its countdowns.
func App(development bool, grace time.Duration) http.Handler {
	return embedded().pages["index.html"].with(
		"{development}", strconv.FormatBool(development),
		"{grace}", strconv.FormatInt(grace.Milliseconds(), 10),
	).page()
}

// Admin serves the page of administrators for any path. Mount it at exactly "/admin".
// It holds nothing secret: what it shows it asks of the API, which looks at the role.
func Admin() http.Handler { return embedded().pages["admin.html"].page() }

// Docs serves the API reference for any path. Mount it at exactly "/docs". The
// page loads /openapi.yaml.
func Docs() http.Handler { return embedded().pages["docs.html"].page() }

// Link serves the page that a link in a mail opens. Mount it at "/verify-email",
// "/reset-password" and "/undo-email-change": its script looks at the path. The
// token is behind the #, which no server and no log sees. No copy of the page is
// kept.
func Link() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f := embedded().pages["link.html"]
		w.Header().Set("Content-Security-Policy", linkPolicy)
		w.Header().Set("Content-Type", f.contentType)
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write(f.plain) // the browser has gone
	})
}

// Client serves the client of browsers, which frontends of any origin that may call
// the API can import. Mount it at exactly "/client.js".
func Client() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		embedded().client.serve(w, r, assetPolicy)
	})
}

// Assets serves the files of the pages by their full path, such as
// "/assets/app.js". It lists no directories. A path for which [Has] returns false
// gets a 404 without a body.
func Assets() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, ok := embedded().assets[r.URL.Path]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		f.serve(w, r, assetPolicy)
	})
}

// Has reports whether Assets has a file at this full path, such as "/assets/app.js".
func Has(path string) bool {
	_, ok := embedded().assets[path]
	return ok
}

// linkFiles are what the pages of links load.
var linkFiles = []string{"/assets/forms.js", "/assets/icon.svg", "/assets/link.js", "/assets/style.css"}

// HasForLinks is [Has] for a server with no page but those of links.
func HasForLinks(path string) bool { return slices.Contains(linkFiles, path) }

func (f file) page() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { f.serve(w, r, pagePolicy) })
}

// serve answers with the file, or with 304 if the browser's copy is current. It
// ignores the Range header, as RFC 9110 §14.2 allows: thousands of ranges cost
// more than the whole file (CVE-2026-78667).
func (f file) serve(w http.ResponseWriter, r *http.Request, policy string) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("Content-Type", f.contentType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-cache") // the browser keeps a copy and sends its ETag each time

	body, etag := f.plain, f.etag
	if f.zipped != nil {
		h.Add("Vary", "Accept-Encoding") // Add: CORS sets Vary too
		if acceptsGzip(r) {
			h.Set("Content-Encoding", "gzip")
			body, etag = f.zipped, f.etag+"-gzip"
		}
	}
	h.Set("ETag", `"`+etag+`"`)
	r.Header.Del("Range")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

func acceptsGzip(r *http.Request) bool {
	for _, line := range r.Header.Values("Accept-Encoding") {
		for coding := range strings.SplitSeq(line, ",") {
			name, params, _ := strings.Cut(coding, ";")
			if strings.EqualFold(strings.TrimSpace(name), "gzip") {
				return !rejected(params)
			}
		}
	}
	return false
}

// rejected reports q=0, which means "not acceptable". Source: RFC 9110 §12.4.2.
func rejected(params string) bool {
	q, ok := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
	return ok && strings.Trim(q, "0.") == ""
}
