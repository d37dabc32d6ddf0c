// Package media turns what users upload into clean pictures, and keeps them: in
// a folder, or in S3-compatible storage. Most callers need [NewProcessor],
// [NewFolder] or [NewS3], and [NewName]. It knows no users and no HTTP. It
// imports no other package of the program.
package media

import (
	"crypto/rand"
	"errors"
	"regexp"
	"strings"
	"time"
)

// The limits of an upload, checked before it is decoded (OWASP ASVS 5.2.1,
// 5.2.6).
const (
	MaxBytes  = 5 << 20
	MaxPixels = 40_000_000 // of a GIF or WebP: of its canvas
	maxSide   = 65_535     // pixels; no format but PNG allows more
)

// The errors of pictures.
var (
	ErrTooManyBytes  = errors.New("the picture has more than 5 MB")
	ErrTooManyPixels = errors.New("the picture has more than 40 megapixels, or more than 65535 pixels on a side, or takes too much memory")
	ErrUnsupported   = errors.New("the file is no picture of a supported format")
	ErrDamaged       = errors.New("the picture cannot be read to its end")
	ErrBusy          = errors.New("too many pictures wait to be processed")
)

// The errors of storage.
var (
	ErrNotFound    = errors.New("no such picture")
	ErrUnavailable = errors.New("the storage of the pictures does not serve")
)

// Type is the format of a processed picture, named by the end of its file.
type Type string

// The two types that leave the program.
const (
	JPEG Type = ".jpg"
	PNG  Type = ".png" // of a picture with transparency
)

// Picture is a processed picture.
type Picture struct {
	Type  Type
	Bytes []byte
}

// Stored is an entry of a store.
type Stored struct {
	Name string
	At   time.Time // when it was put there
}

// NewName returns a name that was never used and that nobody can guess: 130
// random bits and the type.
func NewName(t Type) string { return strings.ToLower(rand.Text()) + string(t) }

var names = regexp.MustCompile(`^[a-z2-7]{26}\.(jpg|png)$`)

// IsName reports whether the text is of the form that [NewName] returns. Nothing
// else is looked up in a store: the form leaves no room for a path.
func IsName(s string) bool { return names.MatchString(s) }

// ContentType returns the media type of a picture with this name.
func ContentType(name string) string {
	if strings.HasSuffix(name, string(PNG)) {
		return "image/png"
	}
	return "image/jpeg"
}
