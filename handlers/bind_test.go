package handlers

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"sallyport/internal/apperror"
	"sallyport/middleware"
)

const jsonType = "application/json"

// asked is a request as bind finds it: behind the body limit.
func asked(body io.Reader, header ...string) *gin.Context {
	gin.SetMode(gin.ReleaseMode)
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequest(http.MethodPost, "/", body)
	for i := 0; i+1 < len(header); i += 2 {
		c.Request.Header.Set(header[i], header[i+1])
	}
	middleware.LimitBody(MaxBody)(c)
	return c
}

func refusal(err error) (code apperror.Code, field string) {
	var refused *apperror.Error
	if errors.As(err, &refused) && len(refused.Fields) > 0 {
		field = refused.Fields[0].Field
	}
	return apperror.CodeOf(err), field
}

func TestBind_TakesStrictJSONOnly(t *testing.T) {
	const malformed = apperror.CodeMalformedJSON
	tests := []struct {
		why, body string
		code      apperror.Code // "" is accepted
		field     string
	}{
		{"an object", `{"email":"a","password":"b"}`, "", ""},
		{"unknown fields are ignored", `{"email":"a","role":"admin","x":{"y":[1]}}`, "", ""},
		{"space around", " \r\n{}\n", "", ""},
		{"duplicate field", `{"email":"a","email":"b"}`, malformed, "email"},
		{"duplicate field, escaped", `{"email":"a","\u0065mail":"b"}`, malformed, "email"},
		{"duplicate unknown field", `{"x":1,"x":2}`, malformed, "x"},
		{"duplicate deep down", `{"x":{"y":1,"y":2}}`, malformed, "x.y"},
		{"trailing object", `{}{}`, malformed, ""},
		{"trailing text", `{} x`, malformed, ""},
		{"cut off", `{"email":"a`, malformed, "email"},
		{"nothing", ``, malformed, ""},
		{"a list", `[]`, malformed, ""},
		{"a string", `"a"`, malformed, ""},
		{"single quotes", `{'email':'a'}`, malformed, ""},
		{"a comment", `{/**/}`, malformed, ""},
		{"a trailing comma", `{"email":"a",}`, malformed, ""},
		{"number for string", `{"email":1}`, malformed, "email"},
		{"object for string: NoSQL injection", `{"email":{"$gt":""}}`, malformed, "email"},
		{"list for string", `{"password":["a"]}`, malformed, "password"},
		{"bool for string", `{"transport":true}`, malformed, "transport"},
		{"invalid UTF-8", "{\"email\":\"a\xff\"}", malformed, "email"},
		{"lone surrogate", `{"email":"\ud800"}`, malformed, "email"},
		{"surrogates the wrong way round", `{"email":"\udc00\ud800"}`, malformed, "email"},
		{"raw control byte", "{\"email\":\"a\x01\"}", malformed, "email"},
		{"NUL", `{"email":"a\u0000"}`, malformed, "email"},
		{"NUL deep down in an unknown field", `{"x":[{"y":"\u0000"}]}`, malformed, "x.0.y"},
		{"NUL in a name", `{"\u0000":""}`, malformed, ""},
		{"a backslash that is no NUL", `{"email":"\\u0000"}`, "", ""},
		{"deep nesting that fits the limit", `{"x":` + strings.Repeat("[", 16000), malformed, ""},
		{"more than 16 KB", `{"email":"` + strings.Repeat("a", MaxBody) + `"}`, apperror.CodeBodyTooLarge, ""},
		{"100k nested arrays", strings.Repeat("[", 100_000), apperror.CodeBodyTooLarge, ""},
	}
	for _, tt := range tests {
		for encoding, body := range map[string]io.Reader{
			"with a length": strings.NewReader(tt.body),
			"chunked":       io.MultiReader(strings.NewReader(tt.body)), // hides the length
		} {
			code, field := refusal(bind(asked(body, "Content-Type", jsonType), new(loginRequest)))
			if code != tt.code || field != tt.field && tt.field != "" {
				t.Errorf("%s, %s: %q field %q, want %q field %q", tt.why, encoding, code, field, tt.code, tt.field)
			}
		}
	}
}

func TestDecode_RepeatsNoLongNameOfTheClients(t *testing.T) {
	for length, repeated := range map[int]bool{64: true, 65: false} {
		name := strings.Repeat("x", length)
		if _, field := refusal(decode([]byte(`{"`+name+`":1,"`+name+`":1}`), new(loginRequest))); (field == name) != repeated {
			t.Errorf("a name of %d bytes: %q", length, field)
		}
	}
}

func TestDecode_100kNestedArraysAreRefused(t *testing.T) {
	if code, _ := refusal(decode([]byte(strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000)), new(loginRequest))); code != apperror.CodeMalformedJSON {
		t.Errorf("%q", code)
	}
}

func TestBind_MediaTypes(t *testing.T) {
	tests := []struct {
		contentType, encoding string
		ok                    bool
	}{
		{"application/json", "", true},
		{"application/json; charset=utf-8", "", true},
		{"application/json; charset=UTF-8", "", true},
		{`application/json; charset="utf-8"`, "", true},
		{"application/json;CHARSET=Utf-8", "", true},
		{"application/json; profile=x; charset=utf-8; q=1", "", true},
		{"application/json; charset=iso-8859-1", "", false},
		{`application/json; charset="windows-1252"`, "", false},
		{"application/json; charset=utf-16", "", false},
		{"application/json; charset=", "", false},
		{"application/json; charset=utf-8; charset=iso-8859-1", "", false},
		{"Application/JSON", "", true},
		{"", "", false},
		{"text/plain", "", false},
		{"application/x-www-form-urlencoded", "", false},
		{"multipart/form-data; boundary=x", "", false},
		{"text/plain, application/json", "", false},
		{"application/jsonp", "", false},
		{"application/json", "gzip", false},
		{"application/json", "identity, gzip", false},
	}
	for _, tt := range tests {
		c := asked(strings.NewReader("{}"), "Content-Type", tt.contentType, "Content-Encoding", tt.encoding)
		code, _ := refusal(bind(c, new(loginRequest)))
		if (code == "") != tt.ok || !tt.ok && code != apperror.CodeUnsupportedMediaType {
			t.Errorf("%q %q: %q", tt.contentType, tt.encoding, code)
		}
	}
	bare := asked(strings.NewReader("{}"))
	if code, _ := refusal(bind(bare, new(loginRequest))); code != apperror.CodeUnsupportedMediaType {
		t.Errorf("no content type at all: %q", code)
	}
}

func TestBindLoosely_TakesWhateverClientsSend(t *testing.T) {
	const form = "application/x-www-form-urlencoded"
	tests := []struct {
		why, contentType, body, token string
		code                          apperror.Code
	}{
		{"nothing", "", "", "", ""},
		{"an empty form, as axios sends", form, "", "", ""},
		{"a form", form, "refreshToken=x", "", ""},
		{"null", jsonType, "null", "", ""},
		{"an empty object", jsonType, "{}", "", ""},
		{"JSON type and nothing", jsonType, "", "", ""},
		{"JSON type and spaces", jsonType, " \n", "", ""},
		{"a list", jsonType, "[]", "", ""},
		{"a string", jsonType, `"x"`, "", ""},
		{"a token", jsonType, ` {"refreshToken":"x"}`, "x", ""},
		{"a token in curl's default type", form, `{"refreshToken":"x"}`, "x", ""},
		{"a token of the wrong type", jsonType, `{"refreshToken":1}`, "", apperror.CodeMalformedJSON},
		{"two tokens", jsonType, `{"refreshToken":"x","refreshToken":"y"}`, "", apperror.CodeMalformedJSON},
		{"too much of anything", form, strings.Repeat("a", MaxBody+1), "", apperror.CodeBodyTooLarge},
	}
	for _, tt := range tests {
		var req tokenRequest
		code, _ := refusal(bindLoosely(asked(strings.NewReader(tt.body), "Content-Type", tt.contentType), &req))
		if code != tt.code || code == "" && req.RefreshToken != tt.token {
			t.Errorf("%s: %q, token %q", tt.why, code, req.RefreshToken)
		}
	}
}

func TestDevice_IsFitToBeStoredAndShown(t *testing.T) {
	tests := []struct{ why, raw, want string }{
		{"plain", "curl/8.0", "curl/8.0"},
		{"ANSI", "a\x1b[31mb", "a[31mb"},
		{"line separator", "a\u2028b", "ab"},
		{"bidi override", "a\u202eb", "ab"},
		{"invalid UTF-8", "a\xffb", "ab"},
		{"long", strings.Repeat("a", 300), strings.Repeat("a", 256)},
		{"cut inside a character", strings.Repeat("é", 200) + "a", strings.Repeat("é", 128)},
		{"cut inside a character, odd", "a" + strings.Repeat("é", 200), "a" + strings.Repeat("é", 127)},
	}
	for _, tt := range tests {
		if got := device(asked(nil, "User-Agent", tt.raw)).UserAgent; got != tt.want {
			t.Errorf("%s: %q", tt.why, got)
		}
	}
}
