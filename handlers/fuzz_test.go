package handlers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"sallyport/internal/apperror"
	"sallyport/middleware"
)

// FuzzBind_AgreesWithAnotherDecoder reads any body as a registration. What is
// accepted must be one JSON object without a duplicate name, and hold what
// encoding/json reads from it.
func FuzzBind_AgreesWithAnotherDecoder(f *testing.F) {
	for _, seed := range []string{
		`{"fullName":"Ada Lovelace","username":"ada","email":"ada@example.com","password":"engine-no-1-plan","transport":"body"}`,
		``, ` `, `null`, `true`, `[]`, `{}`, `"x"`, `{}{}`, `{} x`, "{}\x00", "\ufeff{}", `{"email":"a`, `{'email':'a'}`, `{/**/}`, `{"email":"a",}`,
		`{"email":"a","email":"b"}`, `{"email":"a","\u0065mail":"b"}`, `{"x":{"y":1,"y":2}}`, `{"Email":"a","email":"b"}`, `{"EMAIL":"a"}`,
		`{"email":1}`, `{"email":1e400}`, `{"email":{"$gt":""}}`, `{"password":["a"]}`, `{"transport":true}`, `{"email":null}`,
		"{\"email\":\"a\xff\"}", "{\"email\":\"a\xc0\x80\"}", `{"email":"\ud800"}`, `{"email":"\udc00\ud800"}`, `{"email":"a\u0000"}`, "{\"email\":\"a\x01\"}", `{"email":"\\u0000"}`,
		`{"x":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`, `{"role":"admin","id":0,"passwordHash":"x","emailVerified":true,"refreshTokens":[{}]}`,
		`{"email":"0"}`, `{"email":"-1"}`, `{"email":"9223372036854775808"}`, `{"email":"1 OR 1=1"}`, `{"a/b~c":1,"a/b~c":2}`,
	} {
		f.Add([]byte(seed))
	}
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New() // one for all: making it costs more than the rest
	f.Fuzz(func(t *testing.T, body []byte) {
		c := gin.CreateTestContextOnly(httptest.NewRecorder(), engine)
		c.Request = httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
		c.Request.Header.Set("Content-Type", jsonType)
		middleware.LimitBody(MaxBody)(c)
		var strict registerRequest
		err := bind(c, &strict)
		if err != nil {
			wantKnownRefusal(t, body, err)
			return
		}
		if err := notStrict(body); err != nil {
			t.Fatalf("%q is accepted: %v", body, err)
		}
		if want := secondOpinion(t, body); strict != want {
			t.Fatalf("%q is read as %+v, and by encoding/json as %+v", body, strict, want)
		}
	})
}

func wantKnownRefusal(t *testing.T, body []byte, err error) {
	t.Helper()
	var refused *apperror.Error
	if !errors.As(err, &refused) || len(refused.Fields) > 1 {
		t.Fatalf("%q: %v", body, err)
	}
	if tooLarge := len(body) > MaxBody; tooLarge != (refused.Code == apperror.CodeBodyTooLarge) || !tooLarge && refused.Code != apperror.CodeMalformedJSON {
		t.Fatalf("%d bytes are refused with %s", len(body), refused.Code)
	}
	for _, field := range refused.Fields {
		if field.Field == "" || len(field.Field) > maxFieldName || !utf8.ValidString(field.Field) || field.Message == "" {
			t.Fatalf("%q: field %q: %q", body, field.Field, field.Message)
		}
	}
}

// notStrict walks the body with encoding/json and says what a lenient decoder
// would have let through.
func notStrict(body []byte) error {
	if !utf8.Valid(body) || !json.Valid(body) {
		return errors.New("it is not valid JSON in UTF-8")
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := walk(decoder); err != nil {
		return err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return errors.New("something follows")
	}
	return nil
}

func walk(decoder *json.Decoder) error {
	token, err := decoder.Token()
	if err != nil {
		return err
	}
	if text, isText := token.(string); isText && strings.ContainsRune(text, 0) {
		return errors.New("NUL")
	}
	delimiter, _ := token.(json.Delim)
	if delimiter == 0 {
		return nil
	}
	names := map[json.Token]bool{}
	for decoder.More() {
		if delimiter == '{' {
			name, err := decoder.Token()
			if err != nil {
				return err
			}
			if names[name] {
				return fmt.Errorf("%q is there twice", name)
			}
			names[name] = true
		}
		if err := walk(decoder); err != nil {
			return err
		}
	}
	_, err = decoder.Token() // the closing one
	return err
}

// secondOpinion reads the documented fields with encoding/json, by their exact
// names: alone it would take "Email" for "email" too.
func secondOpinion(t *testing.T, body []byte) (want registerRequest) {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		t.Fatalf("%q is accepted and is no object: %v", body, err)
	}
	fields := reflect.ValueOf(&want).Elem()
	for i := range fields.NumField() {
		raw, sent := members[fields.Type().Field(i).Tag.Get("json")]
		if !sent {
			continue
		}
		if err := json.Unmarshal(raw, fields.Field(i).Addr().Interface()); err != nil {
			t.Fatalf("%q is accepted: %v", body, err)
		}
	}
	return want
}
