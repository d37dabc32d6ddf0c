package handlers

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"sallyport/account"
	"sallyport/internal/apperror"
	"sallyport/internal/media"
	"sallyport/middleware"
)

const maxParts = 20 // of a form (OWASP ASVS 4.3.1, 5.2.1)

// uploads are the limits of a whole request. One with a file that is too large is
// read to its end, so that its client sees the answer.
var uploads = middleware.Upload{
	Bytes:  32 << 20,
	Time:   60 * time.Second, // 5 MB at 0.7 Mbit/s
	Answer: 30 * time.Second, // with the wait for a slot to process
}

// form is what a multipart body holds of the fields that a route knows.
type form struct {
	texts map[string]string
	files map[account.Picture][]byte // none is empty
}

// bindForm reads a multipart body (RFC 7578) into memory: the pictures and the
// texts with these names, in any order. Parts with other names are read and
// dropped. A file without a byte is none.
func (a *API) bindForm(c *gin.Context, pictures []account.Picture, texts ...string) (form, error) {
	kind, parameters, err := mime.ParseMediaType(c.GetHeader("Content-Type"))
	if err != nil || kind != "multipart/form-data" || parameters["boundary"] == "" || c.GetHeader("Content-Encoding") != "" {
		return form{}, &apperror.Error{Code: apperror.CodeUnsupportedMediaType,
			Message: "the body must be a form with files: send Content-Type: multipart/form-data with its boundary, and no Content-Encoding"}
	}
	network := middleware.Network(c)
	if !a.uploading.take(network) {
		return form{}, &apperror.Error{Code: apperror.CodeTooBusy, Message: "too many uploads at the moment, try again shortly"}
	}
	defer a.uploading.free(network)
	f := form{map[string]string{}, map[account.Picture][]byte{}}
	reader := multipart.NewReader(c.Request.Body, parameters["boundary"])
	for range maxParts {
		part, err := reader.NextRawPart() // with no transfer encoding, RFC 7578 §4.7
		switch {
		case err == io.EOF:
			return f, nil
		case err != nil:
			return form{}, unreadableForm(err)
		}
		if err := f.add(part, pictures, texts); err != nil {
			return form{}, err
		}
	}
	switch _, err := reader.NextRawPart(); err {
	case io.EOF:
		return f, nil
	case nil:
		return form{}, malformedForm("", "the form has more than 20 parts", nil)
	default:
		return form{}, unreadableForm(err)
	}
}

// add reads one part. One that is there twice, is nested, or is not of the kind
// that its name says is refused with the field named.
func (f form) add(part *multipart.Part, pictures []account.Picture, texts []string) error {
	name := part.FormName()
	kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
	switch picture := account.Picture(name); {
	case strings.HasPrefix(kind, "multipart/"):
		return malformedForm(name, "is a form within the form", nil)
	case slices.Contains(pictures, picture):
		return f.addFile(part, picture)
	case slices.Contains(texts, name):
		return f.addText(part, name)
	}
	if _, err := io.Copy(io.Discard, part); err != nil {
		return unreadableForm(err)
	}
	return nil
}

func (f form) addFile(part *multipart.Part, picture account.Picture) error {
	file, err := io.ReadAll(io.LimitReader(part, media.MaxBytes+1))
	_, twice := f.files[picture]
	switch {
	case err != nil:
		return unreadableForm(err)
	case len(file) == 0: // what a browser sends for a field that was left empty
		return nil
	case twice:
		return malformedForm(string(picture), "is there twice", nil)
	case part.FileName() == "":
		return malformedForm(string(picture), "must be a file", nil)
	}
	f.files[picture] = file
	return nil
}

func (f form) addText(part *multipart.Part, name string) error {
	text, err := io.ReadAll(io.LimitReader(part, MaxBody+1))
	_, twice := f.texts[name]
	switch {
	case err != nil:
		return unreadableForm(err)
	case len(text) > MaxBody:
		return malformedForm(name, "has more than 16 KB", nil)
	case twice:
		return malformedForm(name, "is there twice", nil)
	case part.FileName() != "":
		return malformedForm(name, "must be text and no file", nil)
	case !utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0:
		return malformedForm(name, "is not text in UTF-8", nil)
	}
	f.texts[name] = string(text)
	return nil
}

// unreadableForm says why the body could not be read to its end.
func unreadableForm(err error) error {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return &apperror.Error{Code: apperror.CodeBodyTooLarge, Message: "the body must have at most 32 MB, and each picture 5 MB", Cause: err}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &apperror.Error{Code: apperror.CodeUploadTooSlow, Message: "the upload took more than a minute: send a smaller picture, or try again where the connection is better", Cause: err}
	}
	return malformedForm("", "the form could not be read to its end", err)
}

// malformedForm is about one field, or the whole form where that is "".
func malformedForm(field, message string, cause error) error {
	refusal := &apperror.Error{Code: apperror.CodeMalformedForm, Message: message, Cause: cause}
	if field != "" {
		refusal.Message = field + " " + message
		refusal.Fields = []apperror.FieldError{{Field: field, Message: message}}
	}
	return refusal
}
