package middleware

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"sallyport/internal/apperror"
)

const good = "https://app.example.com"

// program is the chain of the real one around one handler, at GET and POST /.
func program(t *testing.T, log io.Writer, handler func(*gin.Context) error) http.Handler {
	t.Helper()
	gin.SetMode(gin.ReleaseMode)
	logger := slog.New(LogLines(slog.NewJSONHandler(log, nil)))
	origins := NewOrigins("https://public.example.com", []string{good}, false, logger)
	engine := gin.New()
	proxies := NewProxies([]netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}, logger) // where httptest's requests are from
	engine.Use(AssignOrigin(proxies), LogRequests(logger, nil), Errors(logger), Recover(), RefuseCrossOrigin(origins, logger), LimitBody(1024))
	engine.GET("/", Handler(handler))
	engine.POST("/", Handler(handler))
	engine.NoRoute(Handler(func(*gin.Context) error {
		return &apperror.Error{Code: apperror.CodeNotFound, Message: "no such route"}
	}))
	return SecureHeaders("max-age=1", NewProxies(nil, logger), AllowOrigins(origins, engine))
}

func ask(h http.Handler, method, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "https://api.example.com"+path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func ok(c *gin.Context) error { return Reply(c, http.StatusOK, "fine", nil) }

func failing(err error) func(*gin.Context) error { return func(*gin.Context) error { return err } }

func TestRequestID_IsKeptOnlyOfATrustedProxy(t *testing.T) {
	h := program(t, io.Discard, ok)
	for peer, kept := range map[string]bool{"192.0.2.1:4711": true, "192.0.2.2:4711": false, "[::1]:4711": false, "@": false} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = peer
		r.Header.Set("X-Request-Id", "request-1")
		r.Header.Set("X-Forwarded-For", "192.0.2.1") // the client's word, that it is a proxy
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := w.Header().Get("X-Request-Id"); (got == "request-1") != kept || !acceptable.MatchString(got) {
			t.Errorf("from %s: %q", peer, got)
		}
	}
}

func TestRequestID_IsKeptOnlyWhereItIsHarmless(t *testing.T) {
	h := program(t, io.Discard, ok)
	tests := []struct {
		why, sent string
		kept      bool
	}{
		{"a UUID", "0199a0b4-7a9e-7c3e-8b1f-0123456789ab", true},
		{"8 characters", "abcdefgh", true},
		{"64 characters", strings.Repeat("a", 64), true},
		{"none", "", false},
		{"7 characters", "abcdefg", false},
		{"65 characters", strings.Repeat("a", 65), false},
		{"spaces", "abcd efgh", false},
		{"a newline", "abcdefgh\n", false},
		{"log injection", "abcdefgh\r\nlevel=ERROR", false},
		{"ANSI", "abcdefgh\x1b[31m", false},
		{"markup", "<script>alert(1)</script>", false},
		{"not ASCII", "äbcdefghi", false},
	}
	for _, tt := range tests {
		got := ask(h, http.MethodGet, "/", "X-Request-Id", tt.sent).Header().Get("X-Request-Id")
		if (got == tt.sent) != tt.kept || !acceptable.MatchString(got) {
			t.Errorf("%s: %q", tt.why, got)
		}
	}
}

func TestRecover_PanicIsAGeneric500AndLogged(t *testing.T) {
	var log bytes.Buffer
	w := ask(program(t, &log, func(*gin.Context) error { panic("secret detail") }), http.MethodGet, "/", "Cookie", "accessToken=topsecret", "X-Request-Id", "request-1")
	var body failure
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || w.Code != 500 || body.Code != apperror.CodeInternal || body.RequestID != "request-1" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if h := w.Header(); h.Get("Content-Security-Policy") == "" || h.Get("Cache-Control") != "no-store" {
		t.Errorf("headers: %v", h)
	}
	if strings.Contains(w.Body.String(), "secret detail") {
		t.Errorf("the panic is in the answer: %s", w.Body)
	}
	if !strings.Contains(log.String(), "secret detail") || !strings.Contains(log.String(), "request-1") || strings.Contains(log.String(), "topsecret") {
		t.Errorf("log: %s", log.String())
	}
}

func TestErrors_UnknownErrorShowsNothing(t *testing.T) {
	for _, err := range []error{
		errors.New("UNIQUE constraint failed: users.email"),
		fmt.Errorf("load user: %w", io.ErrUnexpectedEOF),
		&apperror.Error{Code: "not_in_the_map", Message: "hidden detail", Fields: []apperror.FieldError{{Field: "x", Message: "hidden"}}},
	} {
		w := ask(program(t, io.Discard, failing(err)), http.MethodGet, "/")
		if w.Code != 500 || !strings.Contains(w.Body.String(), `"code":"internal_error","errors":[]`) || strings.Contains(w.Body.String(), "hidden") || strings.Contains(w.Body.String(), "constraint") {
			t.Errorf("%v: %d %s", err, w.Code, w.Body)
		}
	}
}

func TestErrors_CauseIsNeverShown(t *testing.T) {
	err := &apperror.Error{Code: apperror.CodeTooBusy, Message: "later", Cause: errors.New("hidden")}
	w := ask(program(t, io.Discard, failing(fmt.Errorf("wrapped: %w", err))), http.MethodGet, "/", "X-Request-Id", "request-1")
	want := `{"statusCode":503,"success":false,"message":"later","data":null,"code":"too_busy","errors":[],"requestId":"request-1"}`
	if w.Body.String() != want || w.Header().Get("Retry-After") == "" {
		t.Errorf("%s", w.Body)
	}
}

func TestErrors_ADatabaseThatIsAwayIsUnavailable(t *testing.T) {
	var log strings.Builder
	err := fmt.Errorf("load user: %w", apperror.Unavailable(errors.New("dial tcp 10.0.0.7:5432: refused")))
	w := ask(program(t, &log, failing(err)), http.MethodGet, "/", "X-Request-Id", "request-1")
	want := `{"statusCode":503,"success":false,"message":"the service is not available at the moment, try again shortly","data":null,"code":"unavailable","errors":[],"requestId":"request-1"}`
	if w.Code != 503 || w.Body.String() != want || w.Header().Get("Retry-After") == "" {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	if !strings.Contains(log.String(), "10.0.0.7") {
		t.Errorf("the operator does not learn the cause: %s", log.String())
	}
}

func TestErrors_EveryCodeHasAStatus(t *testing.T) {
	codes := constants(t, "../internal/apperror/apperror.go")
	if len(codes) < 19 {
		t.Fatalf("found only %v", codes)
	}
	for _, code := range codes {
		if _, known := statuses[code]; !known {
			t.Errorf("%s has no status", code)
		}
	}
	if len(codes) != len(statuses) {
		t.Errorf("%d codes and %d statuses", len(codes), len(statuses))
	}
}

// constants returns the values of the constants named Code… in a file.
func constants(t *testing.T, file string) (codes []apperror.Code) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		if spec, isValue := n.(*ast.ValueSpec); isValue && strings.HasPrefix(spec.Names[0].Name, "Code") {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			codes = append(codes, apperror.Code(value))
		}
		return true
	})
	return codes
}

func TestCORS_AnswersExactOriginsOnErrorsToo(t *testing.T) {
	unauthorized := program(t, io.Discard, failing(&apperror.Error{Code: apperror.CodeMissingToken}))
	for path, status := range map[string]int{"/": 401, "/nowhere": 404} {
		w := ask(unauthorized, http.MethodGet, path, "Origin", good)
		if w.Code != status || w.Header().Get("Access-Control-Allow-Origin") != good || w.Header().Get("Access-Control-Allow-Credentials") != "true" {
			t.Errorf("%s: %d %v", path, w.Code, w.Header())
		}
	}
	for _, origin := range []string{
		"https://app.example.com.evil.com", "https://evilapp.example.com", "https://evil.com", "null", "*", "https://example.com",
		"http://app.example.com", "https://app.example.com:8443", "https://APP.example.com", "https://app.example.com/", "https://app.example.com@evil.com",
	} {
		for path := range map[string]bool{"/": true, "/nowhere": true} {
			w := ask(unauthorized, http.MethodGet, path, "Origin", origin)
			if h := w.Header(); h.Get("Access-Control-Allow-Origin") != "" || h.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("%s is allowed: %v", origin, h)
			}
			if !strings.Contains(strings.Join(w.Header().Values("Vary"), ","), "Origin") {
				t.Errorf("%s %s: Vary is %v", origin, path, w.Header().Values("Vary"))
			}
		}
	}
}

func TestCORS_PreflightNamesTheOriginAndNeverAStar(t *testing.T) {
	h := program(t, io.Discard, ok)
	for origin, want := range map[string]string{good: good, "https://evil.com": ""} {
		w := ask(h, http.MethodOptions, "/", "Origin", origin, "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "content-type")
		if got := w.Header().Get("Access-Control-Allow-Origin"); got != want {
			t.Errorf("%s: %q", origin, got)
		}
	}
}

func TestCSRF_RefusesOtherSitesBeforeAnythingIsDone(t *testing.T) {
	tests := []struct {
		why, method, site, origin string
		allowed                   bool
	}{
		{"curl: neither header", "POST", "", "", true},
		{"same origin", "POST", "same-origin", "https://api.example.com", true},
		{"same origin, an old browser", "POST", "", "https://api.example.com", true},
		{"typed into the address bar", "POST", "none", "", true},
		{"the listed frontend", "POST", "same-site", good, true},
		{"the listed frontend, cross-site", "POST", "cross-site", good, true},
		{"cross-site reading", "GET", "cross-site", "https://evil.com", true},
		{"cross-site", "POST", "cross-site", "https://evil.com", false},
		{"a sibling site", "POST", "same-site", "https://evil.example.com", false},
		{"an old browser", "POST", "", "https://evil.com", false},
		{"a sandboxed frame", "POST", "cross-site", "null", false},
		{"null, an old browser", "POST", "", "null", false},
		{"the listed one over http", "POST", "cross-site", "http://app.example.com", false},
		{"the listed one on another port", "POST", "cross-site", "https://app.example.com:8443", false},
		{"a longer name", "POST", "cross-site", "https://app.example.com.evil.com", false},
	}
	for _, tt := range tests {
		done := false
		h := program(t, io.Discard, func(c *gin.Context) error {
			done = true
			c.Header("Set-Cookie", "accessToken=x")
			return ok(c)
		})
		header := []string{}
		if tt.site != "" {
			header = append(header, "Sec-Fetch-Site", tt.site)
		}
		if tt.origin != "" {
			header = append(header, "Origin", tt.origin)
		}
		w := ask(h, tt.method, "/", header...)
		want := map[bool]int{true: 200, false: 403}[tt.allowed]
		if w.Code != want || done != tt.allowed || (w.Header().Get("Set-Cookie") != "") != tt.allowed {
			t.Errorf("%s: %d, done %v, %v", tt.why, w.Code, done, w.Header())
		}
	}
}

func TestCSRF_LogsTheOriginWhereAHostCanHaveIt(t *testing.T) {
	for origin, logged := range map[string]bool{"https://evil.com": true, "https://" + strings.Repeat("x", 292): true, "https://" + strings.Repeat("x", 293): false} {
		var log bytes.Buffer
		ask(program(t, &log, ok), "POST", "/", "Origin", origin, "Sec-Fetch-Site", "cross-site")
		if strings.Contains(log.String(), origin) != logged || !strings.Contains(log.String(), "cross_origin_refused") {
			t.Errorf("an origin of %d bytes: %.200s", len(origin), log.String())
		}
	}
}

func TestLimitBody_CutsWhateverTheLengthSays(t *testing.T) {
	h := program(t, io.Discard, func(c *gin.Context) error {
		n, err := io.Copy(io.Discard, c.Request.Body)
		return Reply(c, http.StatusOK, fmt.Sprint(n, err), nil)
	})
	for size, fits := range map[int]bool{1024: true, 1025: false, 1 << 20: false} {
		r := httptest.NewRequest(http.MethodPost, "/", io.MultiReader(strings.NewReader(strings.Repeat("a", size)))) // chunked
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if strings.Contains(w.Body.String(), "too large") == fits {
			t.Errorf("%d bytes: %s", size, w.Body)
		}
	}
}

func TestAccessTokens_BearerAloneCountsWhereThereIsOne(t *testing.T) {
	tests := []struct {
		why, header string
		want        string
	}{
		{"no header: the cookie", "", "[cookie]"},
		{"bearer", "Bearer token", "[token]"},
		{"any case", "bEaReR token", "[token]"},
		{"a proxy's Basic", "Basic eDp5", "[cookie]"},
		{"a proxy's Negotiate", "Negotiate YII=", "[cookie]"},
		{"a proxy's Digest", `Digest username="ada", realm="x"`, "[cookie]"},
		{"no scheme", "token", "[cookie]"},
		{"no token", "Bearer", "[cookie]"},
		{"no token but a space", "Bearer ", "[cookie]"},
		{"script without a token", "Bearer undefined", "[cookie]"},
		{"script with an emptied store", "bearer null", "[cookie]"},
		{"a useless token", "Bearer x", "[x]"},
		{"two spaces", "Bearer  token ", "[token]"},
	}
	for _, tt := range tests {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Cookie", "accessToken=cookie")
		if tt.header != "" {
			r.Header.Set("Authorization", tt.header)
		}
		if got := fmt.Sprint(AccessTokens(r, plainCookies())); got != tt.want {
			t.Errorf("%s: %s", tt.why, got)
		}
	}
}

func TestRequireIdentity_WithoutLoadIdentityFailsClosed(t *testing.T) {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.Use(Errors(slog.New(slog.NewTextHandler(io.Discard, nil))))
	engine.GET("/", RequireIdentity(), Handler(ok))
	if w := ask(engine, http.MethodGet, "/"); w.Code != 401 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
