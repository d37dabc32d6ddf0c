package web_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"sallyport/web"
)

var app = web.App(true, 10*time.Second)

func get(t *testing.T, h http.Handler, path string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r io.Reader) string {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestPages_AllowNoScriptButOurFiles(t *testing.T) {
	for _, tt := range []struct {
		name string
		page http.Handler
	}{
		{"app", app},
		{"admin", web.Admin()},
		{"docs", web.Docs()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			resp := get(t, tt.page, "/")
			if got := resp.Header.Get("Content-Type"); resp.StatusCode != 200 || got != "text/html; charset=utf-8" {
				t.Fatalf("got %d %q", resp.StatusCode, got)
			}
			want := "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
				"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
			if got := resp.Header.Get("Content-Security-Policy"); got != want {
				t.Errorf("policy\n got %s\nwant %s", got, want)
			}
		})
	}
}

// What the browser refuses under the policy, or cannot load offline.
var forbidden = map[string]*regexp.Regexp{
	"inline script":    regexp.MustCompile(`(?i)<script(?:\s[^>]*)?>\s*[^<\s]`),
	"inline style":     regexp.MustCompile(`(?i)<style|\sstyle\s*=\s*["']`),
	"inline handler":   regexp.MustCompile(`(?i)<[^>]*\son[a-z]+\s*=`),
	"external URL":     regexp.MustCompile(`(?i)https?://|["'(]//`),
	"markup from text": regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write`),
	"eval":             regexp.MustCompile(`\beval\(|new Function`),
}

const svgNamespace = `xmlns="http://www.w3.org/2000/svg"` // a name, never fetched

func TestFiles_NeedNoInlineCodeAndNoOtherSite(t *testing.T) {
	files, err := filepath.Glob("static/*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(b), svgNamespace, "")
		for what, pattern := range forbidden {
			if found := pattern.FindString(text); found != "" {
				t.Errorf("%s has %s: %q", name, what, found)
			}
		}
	}
}

func TestForbidden_CatchesEachKind(t *testing.T) {
	for what, sample := range map[string]string{
		"inline script":    `<script type="module">alert(1)</script>`,
		"inline style":     `<p style="color:red">`,
		"inline handler":   `<button onclick="go()">`,
		"external URL":     `<script src="//cdn.example/x.js"></script>`,
		"markup from text": `el.innerHTML = name`,
		"eval":             `eval(text)`,
	} {
		if !forbidden[what].MatchString(sample) {
			t.Errorf("%s not found in %s", what, sample)
		}
	}
}

func TestLinks_AllowStillLessAndAreNeverKept(t *testing.T) {
	resp := get(t, web.Link(), "/verify-email", "If-None-Match", "*")
	if got := resp.Header.Get("Content-Type"); resp.StatusCode != 200 || got != "text/html; charset=utf-8" {
		t.Fatalf("got %d %q", resp.StatusCode, got)
	}
	want := "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	if got := resp.Header.Get("Content-Security-Policy"); got != want {
		t.Errorf("policy\n got %s\nwant %s", got, want)
	}
	if got := resp.Header.Get("Cache-Control"); got != "no-store" || resp.Header.Get("ETag") != "" {
		t.Errorf("%v", resp.Header)
	}
}

func TestApp_KnowsItsServerAndInventsNobodyInProduction(t *testing.T) {
	development, production := get(t, web.App(true, 10*time.Second), "/"), get(t, web.App(false, 0), "/")
	if page := body(t, development.Body); !strings.Contains(page, `data-development="true" data-grace="10000"`) {
		t.Error("in development the page does not say so")
	}
	if page := body(t, production.Body); !strings.Contains(page, `data-development="false" data-grace="0"`) || strings.Contains(page, "demo person") {
		t.Error("in production the page offers a demo person")
	}
	if development.Header.Get("ETag") == production.Header.Get("ETag") {
		t.Error("two pages have one ETag")
	}
}

var reference = regexp.MustCompile(`(?:src|href)="(/assets/[^"]+)"|from "\./([^"]+)"`)

func TestReferences_AreAllServed(t *testing.T) {
	files, err := filepath.Glob("static/*")
	if err != nil {
		t.Fatal(err)
	}
	var found [][]string
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, reference.FindAllStringSubmatch(string(text), -1)...)
	}
	if len(found) < 30 {
		t.Fatalf("found only %d references", len(found))
	}
	for _, m := range found {
		path := m[1]
		if m[2] != "" {
			path = "/assets/" + m[2]
		}
		if !web.Has(path) || get(t, web.Assets(), path).StatusCode != http.StatusOK {
			t.Errorf("%s is used and not served", path)
		}
	}
}

// loads returns what a file and all that it loads need, of the folder static.
func loads(t *testing.T, name string, into map[string]bool) {
	t.Helper()
	text, err := os.ReadFile("static/" + name)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range reference.FindAllStringSubmatch(string(text), -1) {
		path := strings.TrimPrefix(m[1], "/assets/") + m[2]
		if !into["/assets/"+path] {
			into["/assets/"+path] = true
			loads(t, path, into)
		}
	}
}

func TestLinks_WithoutOtherPagesNothingIsServedThatTheyDoNotLoad(t *testing.T) {
	needed := map[string]bool{}
	loads(t, "link.html", needed)
	if len(needed) < 4 {
		t.Fatalf("they load only %v", needed)
	}
	files, err := filepath.Glob("static/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(files, "static/swagger/swagger-ui.css") {
		path := "/assets/" + strings.TrimPrefix(name, "static/")
		if web.HasForLinks(path) != needed[path] {
			t.Errorf("%s: served %v, needed %v", path, web.HasForLinks(path), needed[path])
		}
	}
}

func TestAssets_ContentTypes(t *testing.T) {
	for path, want := range map[string]string{
		"/assets/app.js":                       "text/javascript; charset=utf-8",
		"/assets/style.css":                    "text/css; charset=utf-8",
		"/assets/icon.svg":                     "image/svg+xml; charset=utf-8",
		"/assets/swagger/swagger-ui-bundle.js": "text/javascript; charset=utf-8",
		"/assets/swagger/swagger-ui.css":       "text/css; charset=utf-8",
	} {
		resp := get(t, web.Assets(), path)
		if got := resp.Header.Get("Content-Type"); resp.StatusCode != 200 || got != want {
			t.Errorf("%s: %d %q, want 200 %q", path, resp.StatusCode, got, want)
		}
		if resp.Header.Get("Cache-Control") != "no-cache" || resp.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: headers %v", path, resp.Header)
		}
	}
}

func TestAssets_ListNothingAndLeaveNotFoundToTheRouter(t *testing.T) {
	for _, path := range []string{
		"/assets", "/assets/", "/assets/swagger", "/assets/swagger/", // directories
		"/assets/nothing.js", "/assets/index.html", "/assets/docs.html", // the pages have their own handlers
		"/assets/../web.go", "/assets/../index.html", "/app.js", "/",
	} {
		resp := get(t, web.Assets(), path)
		if resp.StatusCode != http.StatusNotFound || body(t, resp.Body) != "" || len(resp.Header) != 0 {
			t.Errorf("%s: got %d %v, want a bare 404", path, resp.StatusCode, resp.Header)
		}
		if web.Has(path) {
			t.Errorf("Has(%q) = true", path)
		}
	}
}

func TestAssets_CurrentCopyIsNotSentAgain(t *testing.T) {
	for _, encoding := range []string{"identity", "gzip"} {
		const path = "/assets/swagger/swagger-ui.css"
		first := get(t, web.Assets(), path, "Accept-Encoding", encoding)
		etag := first.Header.Get("ETag")
		again := get(t, web.Assets(), path, "Accept-Encoding", encoding, "If-None-Match", etag)
		if etag == "" || again.StatusCode != http.StatusNotModified {
			t.Errorf("%s: ETag %q then %d", encoding, etag, again.StatusCode)
		}
	}
}

// Thousands of one-byte ranges cost more than the file (CVE-2026-78667).
func TestAssets_IgnoreRanges(t *testing.T) {
	whole := body(t, get(t, web.Assets(), "/assets/app.js").Body)
	for _, asked := range []string{"bytes=0-0", "bytes=0-0" + strings.Repeat(",0-0", 5_000), "bytes=9999999-"} {
		resp := get(t, web.Assets(), "/assets/app.js", "Range", asked)
		if got := body(t, resp.Body); resp.StatusCode != 200 || got != whole {
			t.Errorf("Range %.20s…: got %d with %d bytes, want 200 with %d", asked, resp.StatusCode, len(got), len(whole))
		}
	}
}

func TestAssets_CompressedOnlyIfAccepted(t *testing.T) {
	const path = "/assets/swagger/swagger-ui-bundle.js"
	plain := body(t, get(t, web.Assets(), path).Body)
	if !strings.Contains(plain, "SwaggerUIBundle") {
		t.Fatal("the plain answer is not the script")
	}
	for accept, want := range map[string]string{
		"": "", "br": "", "identity": "", "gzip;q=0": "", "gzip; q=0.000": "",
		"gzip": "gzip", "br, GZIP;q=0.5": "gzip", "deflate, gzip": "gzip",
	} {
		resp := get(t, web.Assets(), path, "Accept-Encoding", accept)
		if got := resp.Header.Get("Content-Encoding"); got != want || resp.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("Accept-Encoding %q: %q, Vary %q", accept, got, resp.Header.Get("Vary"))
			continue
		}
		if want == "gzip" {
			r, err := gzip.NewReader(resp.Body)
			if err != nil || body(t, r) != plain {
				t.Errorf("Accept-Encoding %q: other content (%v)", accept, err)
			}
		}
	}
}

func TestDocs_ReadOurDescription(t *testing.T) {
	if script := body(t, get(t, web.Assets(), "/assets/docs.js").Body); !strings.Contains(script, `url: "/openapi.yaml"`) {
		t.Error("docs.js does not load /openapi.yaml")
	}
}

// withForms are the pages that have forms, by name.
func withForms(t *testing.T) map[string]string {
	t.Helper()
	pages := map[string]string{"the app": body(t, get(t, app, "/").Body)}
	pages["admin"] = body(t, get(t, web.Admin(), "/admin").Body)
	pages["link"] = body(t, get(t, web.Link(), "/verify-email").Body)
	return pages
}

var form = regexp.MustCompile(`(?s)<form[^>]*>.*?</form>`)

func TestForms_LeakNothingIntoURLsAndShowErrors(t *testing.T) {
	found := 0
	for name, page := range withForms(t) {
		for _, text := range form.FindAllString(page, -1) {
			found++
			tag, _, _ := strings.Cut(text, ">")
			for _, want := range []string{` method="post"`, ` novalidate`, ` aria-label`} {
				if !strings.Contains(tag, want) {
					t.Errorf("%s: no%s: %s", name, want, tag)
				}
			}
			if !strings.Contains(text, `<p class="error form-error" role="alert"></p>`) {
				t.Errorf("%s: no place for errors: %s", name, tag)
			}
		}
	}
	if found != 29 {
		t.Errorf("%d forms, want 29", found)
	}
}

func TestForms_EachInputHasLabelErrorAndAutocomplete(t *testing.T) {
	input := regexp.MustCompile(`<(?:input|select) id="([^"]+)" name="[^"]*"[^>]*>`)
	found := 0
	for name, page := range withForms(t) {
		for _, text := range form.FindAllString(page, -1) {
			for _, m := range input.FindAllStringSubmatch(text, -1) {
				found++
				for _, want := range []string{`<label for="` + m[1] + `">`, `<p id="` + m[1] + `-error" class="error">`} {
					if !strings.Contains(text, want) {
						t.Errorf("%s, %s: no %s", name, m[1], want)
					}
				}
				typed := !strings.Contains(m[0], `type="file"`) && !strings.HasPrefix(m[0], "<select")
				if typed && !strings.Contains(m[0], ` autocomplete="`) || !strings.Contains(m[0], `aria-describedby="`+m[1]+`-error`) {
					t.Errorf("%s: incomplete: %s", name, m[0])
				}
			}
		}
	}
	if found != 32 {
		t.Errorf("%d inputs, want 32", found)
	}
}

func TestApp_HasTheIDsThatBrowserTestsUse(t *testing.T) {
	page := body(t, get(t, app, "/").Body)
	for id := range strings.FieldsSeq("register-form login-form account account-username account-email signed-out " +
		"expire refresh ten lose logout log access-left refresh-left") {
		if strings.Count(page, ` id="`+id+`"`) != 1 {
			t.Errorf("id %q is not there exactly once", id)
		}
	}
	if !strings.Contains(page, "What script can see") {
		t.Error("the page does not say what script can see")
	}
}

// Source: OWASP ASVS 13.4.7. What is embedded is served.
func TestFiles_OnlyOfKindsThatPagesNeed(t *testing.T) {
	files, err := os.ReadDir("static")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		if file.IsDir() || !regexp.MustCompile(`^[a-z-]+\.(html|js|css|svg)$`).MatchString(file.Name()) {
			t.Errorf("%s is none a page needs", file.Name())
		}
	}
}
