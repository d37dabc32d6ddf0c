package attacks

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"sallyport/tests/harness"
)

const frontend = "https://good.com" // the listed origin

// notTheFrontend are origins that only look like the listed one.
var notTheFrontend = []string{
	"https://good.com.evil.com", "https://evilgood.com", "https://evil.com", "null", "*", "",
	"http://good.com", "https://good.com:8443", "https://www.good.com", "https://good.com/", "https://good.com@evil.com",
	"https://GOOD.com", "https://good.com.", "https://good.com%60.evil.com", "https://good.com https://evil.com", "file://",
	"http://localhost:3000", "tauri://localhost", "tauri://good.com", "chrome-extension://good.com",
}

func TestAttack13_CrossSiteChangesAreRefused(t *testing.T) {
	t.Parallel()
	marks := [][]string{
		{"Sec-Fetch-Site", "cross-site"},
		{"Sec-Fetch-Site", "same-site"},
		{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.com"},
		{"Sec-Fetch-Site", "nonsense"},
	}
	for _, origin := range notTheFrontend {
		if origin != "" {
			marks = append(marks, []string{"Origin", origin}, []string{"Origin", origin, "Sec-Fetch-Site", "cross-site"})
		}
	}
	for _, r := range harness.Routes(t) {
		if !r.ChangesState() {
			continue
		}
		t.Run(r.Name, func(t *testing.T) {
			server := harness.Start(t, "CORS_ORIGIN="+frontend)
			ada := server.Administrator(t, "ada")
			before := server.Contents(t)
			for _, mark := range marks {
				answer := server.Ask(t, r.Method, r.Path, r.Body, append(mark, "Content-Type", "application/json", "Cookie", ada.Tokens().Cookies())...)
				if answer.Status != 403 || answer.Code != "cross_origin" || len(answer.Cookies()) > 0 || answer.Header.Get("Access-Control-Allow-Origin") != "" {
					t.Errorf("%q: %d %q with %v", mark, answer.Status, answer.Code, answer.Header)
				}
			}
			if server.Contents(t) != before {
				t.Error("the refused requests changed the database")
			}
			allowed := server.Ask(t, r.Method, r.Path, r.Body, "Origin", frontend, "Sec-Fetch-Site", "cross-site", "Content-Type", "application/json", "Cookie", ada.Tokens().Cookies())
			if allowed.Status == 403 { // else the refusals above say nothing of the origin
				t.Errorf("from the listed origin: %s", allowed.Raw)
			}
		})
	}
}

func TestAttack14_OnlyJSONWhereJSONIsExpected(t *testing.T) {
	t.Parallel()
	for _, r := range harness.Routes(t) {
		if !r.MustJSON {
			continue
		}
		t.Run(r.Name, func(t *testing.T) {
			server := harness.Start(t)
			ada := server.Administrator(t, "ada")
			before := server.Contents(t)
			for _, header := range [][]string{
				{},
				{"Content-Type", ""},
				{"Content-Type", "text/plain"},
				{"Content-Type", "text/plain;application/json"},
				{"Content-Type", "text/plain, application/json"},
				{"Content-Type", "application/x-www-form-urlencoded"},
				{"Content-Type", "multipart/form-data; boundary=x"},
				{"Content-Type", "text/json"},
				{"Content-Type", "application/jsonp"},
				{"Content-Type", "application/xml"},
				{"Content-Type", "application/json", "Content-Encoding", "gzip"},
				{"Content-Type", "application/json", "Content-Encoding", "br"},
			} {
				answer := server.Ask(t, r.Method, r.Path, r.Body, append(header, "Cookie", ada.Tokens().Cookies())...)
				status, code := 415, "unsupported_media_type"
				if r.Form && len(header) == 2 && strings.HasPrefix(header[1], "multipart/form-data") {
					status, code = 400, "malformed_form" // it takes forms, and JSON in one is none
				}
				if answer.Status != status || answer.Code != code || len(answer.Cookies()) > 0 {
					t.Errorf("%q: %d %q", header, answer.Status, answer.Code)
				}
			}
			if server.Contents(t) != before {
				t.Error("the refused requests changed the database")
			}
			ada.WantAlive()
		})
	}
}

func TestAttack15_ForeignOriginsGetNoCORS(t *testing.T) {
	t.Parallel()
	server := harness.Start(t, "CORS_ORIGIN="+frontend)
	ada := server.SignUp(t, "ada")
	jsonType := []string{"Content-Type", "application/json"}
	check := func(status int, method, path, body string, header []string) {
		t.Helper()
		for _, origin := range append(notTheFrontend, frontend) {
			want := corsAnswer{Status: status}
			if origin == frontend {
				want.Origin, want.Credentials = frontend, "true"
			} else if origin != "" && (method == http.MethodPost || method == http.MethodPatch) {
				want.Status = 403
			}
			answer := server.Ask(t, method, path, body, append(slices.Clone(header), "Origin", origin)...)
			h := answer.Header
			if got := (corsAnswer{answer.Status, h.Get("Access-Control-Allow-Origin"), h.Get("Access-Control-Allow-Credentials")}); got != want {
				t.Errorf("%s %s from %q: %+v, want %+v", method, path, origin, got, want)
			}
			if !strings.Contains(strings.Join(h.Values("Vary"), ","), "Origin") {
				t.Errorf("%s %s from %q: Vary is %q", method, path, origin, h.Values("Vary"))
			}
		}
	}
	check(200, "GET", harness.CurrentUserPath, "", []string{"Cookie", ada.Tokens().Cookies()})
	check(400, "POST", harness.LoginPath, "{", jsonType)
	check(401, "GET", harness.CurrentUserPath, "", nil)
	check(401, "POST", harness.RefreshPath, "", nil)
	check(404, "GET", "/nowhere", "", nil)
	check(405, "PATCH", harness.CurrentUserPath, "", nil)
	check(413, "POST", harness.LoginPath, strings.Repeat(" ", 64<<10), jsonType)
	check(415, "POST", harness.LoginPath, "{}", nil)
	check(204, "OPTIONS", harness.LoginPath, "", []string{"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "content-type"})
	if err := server.Store.Close(); err != nil {
		t.Fatal(err)
	}
	check(500, "POST", harness.LoginPath, harness.LoginBody("ada", harness.Password), jsonType)
}

// corsAnswer is what a browser goes by.
type corsAnswer struct {
	Status              int
	Origin, Credentials string
}

func TestAttack16_ReadingMethodsChangeNothing(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	ada := server.Administrator(t, "ada")
	before := server.Contents(t)
	all := harness.Routes(t)
	reads := map[string]bool{}
	for _, r := range all {
		reads[r.Path] = reads[r.Path] || r.Method == http.MethodGet
	}
	for _, r := range all {
		if !r.ChangesState() {
			continue
		}
		for _, method := range []string{http.MethodGet, http.MethodHead, "get", "TRACE", "CONNECT"} {
			if (method == http.MethodGet || method == http.MethodHead) && reads[r.Path] { // answered, and changes nothing
				answer := server.Ask(t, method, r.Path, r.Body, "Content-Type", "application/json", "Cookie", ada.Tokens().Cookies())
				if answer.Status != 200 && (answer.Status != 404 || r.Parameter == "") || len(answer.Cookies()) > 0 { // the id in the path is nobody's
					t.Errorf("%s %s: %d", method, r.Path, answer.Status)
				}
				continue
			}
			answer := server.Ask(t, method, r.Path, r.Body, "Content-Type", "application/json", "Cookie", ada.Tokens().Cookies())
			if answer.Status != 404 && answer.Status != 405 || len(answer.Cookies()) > 0 {
				t.Errorf("%s %s: %d", method, r.Path, answer.Status)
			}
		}
		for _, override := range []string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "_method"} {
			for _, method := range []string{http.MethodGet, http.MethodPut} {
				path := r.Path + "?_method=" + r.Method
				answer := server.Ask(t, method, path, r.Body, "Content-Type", "application/json", "Cookie", ada.Tokens().Cookies(), override, r.Method)
				if len(answer.Cookies()) > 0 {
					t.Errorf("%s %s with %s: %s: it took effect", method, path, override, r.Method)
				}
			}
		}
	}
	if server.Contents(t) != before {
		t.Error("the requests changed the database")
	}
	ada.WantAlive()
}
