// Package web is what a browser sees of Sallyport: the demo page, the API
// reference, and the files both need, all embedded in the program.
//
// Most callers need three lines: Demo at "/", Docs at "/docs" and Assets at
// "/assets/". The pages run under a Content-Security-Policy without inline
// script and without another origin, so they also work offline.
//
// It is a leaf: it imports nothing of this program.
package web

import (
	"bytes"
	"net/http"
	"strings"
	"time"
)

// pagePolicy lets a page run its own files and call its own origin, nothing else.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// assetPolicy is for a file opened on its own, such as the icon: it may load nothing.
const assetPolicy = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"

// Demo serves the demo page, whatever the path: mount it at exactly "/".
func Demo() http.Handler { return page("index.html") }

// Docs serves the API reference, whatever the path: mount it at exactly "/docs".
// The page reads the description from /openapi.yaml.
func Docs() http.Handler { return page("docs.html") }

// Assets serves the pages' files. It expects the full path ("/assets/app.js"),
// so don't strip the prefix. There are no directory listings. A path for which
// [Has] is false gets a 404 without a body: ask Has first to answer with your own.
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

func page(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		embedded().pages[name].serve(w, r, pagePolicy)
	})
}

// serve answers with the file or, when the browser's copy is current, with 304.
// It ignores ranges, as RFC 9110 §14.2 allows: parsing and answering thousands
// of them would cost more than these small files (CVE-2026-78667).
func (f file) serve(w http.ResponseWriter, r *http.Request, policy string) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("Content-Type", f.contentType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-cache") // keep it, ask each time: the ETag makes that cheap

	body, etag := f.plain, f.etag
	if f.zipped != nil {
		h.Add("Vary", "Accept-Encoding") // CORS has one too
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
				return !refused(params)
			}
		}
	}
	return false
}

// refused reports q=0, the way to say "not this one". Source: RFC 9110 §12.4.2.
func refused(params string) bool {
	q, ok := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
	return ok && strings.Trim(q, "0.") == ""
}
