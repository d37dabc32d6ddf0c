package handlers

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"sallyport/internal/apperror"
)

// MaxBody is the size of the largest body that is read, in bytes. An honest
// registration has well under 4 KB.
const MaxBody = 16 << 10

// bind reads the body into target. It takes nothing but JSON, strictly:
// duplicate names, trailing data, invalid UTF-8, NUL and wrong types are refused
// with the field named; unknown fields are ignored (OWASP ASVS 1.5.2, 2.2.1).
func bind(c *gin.Context, target any) error {
	if !isJSON(c.Request) {
		return &apperror.Error{
			Code:    apperror.CodeUnsupportedMediaType,
			Message: "the body must be JSON in UTF-8: send Content-Type: application/json and no Content-Encoding",
		}
	}
	body, err := readBody(c)
	if err != nil {
		return err
	}
	return decode(body, target)
}

// bindLoosely reads the body into target where it is a JSON object, whatever
// its Content-Type, and leaves target alone where it is anything else that
// clients send with a request whose credential is a cookie: nothing, null, an
// empty form.
func bindLoosely(c *gin.Context, target any) error {
	body, err := readBody(c)
	if err != nil {
		return err
	}
	return decodeLoosely(body, target)
}

func decodeLoosely(body []byte, target any) error {
	if !bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) {
		return nil
	}
	return decode(body, target)
}

// isJSON reports whether the body is JSON in UTF-8. JSON has no charset
// parameter (RFC 8259 §11), but clients send one, and what it names is what they
// send. Other parameters mean nothing.
func isJSON(r *http.Request) bool {
	mediaType, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset, named := parameters["charset"]
	return err == nil && mediaType == "application/json" && (!named || strings.EqualFold(charset, "utf-8")) && r.Header.Get("Content-Encoding") == ""
}

func readBody(c *gin.Context) ([]byte, error) {
	body, err := io.ReadAll(c.Request.Body)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, &apperror.Error{Code: apperror.CodeBodyTooLarge, Message: "the body must have at most 16 KB", Cause: err}
	case err != nil:
		return nil, &apperror.Error{Code: apperror.CodeMalformedJSON, Message: "the body could not be read to its end", Cause: err}
	}
	return body, nil
}

func decode(body []byte, target any) error {
	err := json.Unmarshal(body, target)
	if err == nil {
		return refuseNUL(body)
	}
	var syntax *jsontext.SyntacticError
	var semantic *json.SemanticError
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName) && errors.As(err, &syntax):
		return malformed("a field is there twice: "+position(body, syntax.ByteOffset), syntax.JSONPointer, err)
	case errors.As(err, &syntax):
		return malformed("the body is not valid JSON: "+position(body, syntax.ByteOffset), syntax.JSONPointer, err)
	case errors.As(err, &semantic) && semantic.JSONPointer != "":
		return malformed("a field has the wrong type: "+position(body, semantic.ByteOffset), semantic.JSONPointer, err)
	}
	return malformed("the body is not a JSON object", "", err)
}

// position names the place behind so many bytes of the body, as editors do: the
// first line and the first character of a line are 1.
func position(body []byte, offset int64) string {
	before := body[:min(int(offset), len(body))]
	start := bytes.LastIndexByte(before, '\n') + 1
	return fmt.Sprintf("line %d, column %d", bytes.Count(before, []byte("\n"))+1, utf8.RuneCount(before[start:])+1)
}

func malformed(message string, where jsontext.Pointer, cause error) error {
	refusal := &apperror.Error{Code: apperror.CodeMalformedJSON, Message: message, Cause: cause}
	if field := fieldName(where); field != "" {
		refusal.Fields = []apperror.FieldError{{Field: field, Message: message}}
	}
	return refusal
}

// refuseNUL refuses valid JSON with a NUL in a text or a name: PostgreSQL
// cannot store one and C libraries end there. JSON can spell it in one way.
func refuseNUL(body []byte) error {
	if !bytes.Contains(body, []byte(`\u0000`)) {
		return nil
	}
	for decoder := jsontext.NewDecoder(bytes.NewReader(body)); ; {
		token, err := decoder.ReadToken()
		if err != nil { // the end of it
			return nil
		}
		if token.Kind() == '"' && strings.ContainsRune(token.String(), 0) {
			return malformed("a field holds a NUL character", decoder.StackPointer(), nil)
		}
	}
}

const maxFieldName = 64 // bytes of a client's own field name that an answer repeats

// fieldName turns a JSON pointer into the field's name, "" for the whole body.
func fieldName(pointer jsontext.Pointer) string {
	name := strings.ReplaceAll(strings.TrimPrefix(string(pointer), "/"), "/", ".")
	if len(name) > maxFieldName || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return ""
	}
	return name
}
