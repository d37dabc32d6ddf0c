package harness

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"testing"
)

// The colours of [Quarters], from the upper left corner clockwise.
var (
	Red   = color.RGBA{R: 0xc0, A: 0xff}
	Green = color.RGBA{G: 0xc0, A: 0xff}
	Blue  = color.RGBA{B: 0xc0, A: 0xff}
	Gray  = color.RGBA{R: 0x90, G: 0x90, B: 0x90, A: 0xff}
)

// Quarters is a picture whose quarters have four colours, so that a test sees
// how it was turned.
func Quarters(width, height int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			row := [2]color.RGBA{Red, Green}
			if y >= height/2 {
				row = [2]color.RGBA{Gray, Blue}
			}
			m.SetRGBA(x, y, row[2*x/width])
		}
	}
	return m
}

// AsJPEG returns the picture as a JPEG of the best quality.
func AsJPEG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, m, &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// AsPNG returns the picture as a PNG.
func AsPNG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&out, m); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// AsGIF returns an animation of these frames, which may be smaller than its
// canvas.
func AsGIF(t testing.TB, canvas image.Point, frames ...*image.Paletted) []byte {
	t.Helper()
	all := gif.GIF{Image: frames, Delay: make([]int, len(frames)), Config: image.Config{Width: canvas.X, Height: canvas.Y}}
	var out bytes.Buffer
	if err := gif.EncodeAll(&out, &all); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// WithSegment puts a segment into a JPEG, behind its first two bytes. The marker
// is the second byte of the segment's name: 0xe1 for EXIF, 0xe2 for a profile.
func WithSegment(file []byte, marker byte, content []byte) []byte {
	segment := binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(content)+2))
	return bytes.Join([][]byte{file[:2], segment, content, file[2:]}, nil)
}

// EXIF is the content of a segment that says how the camera was held, where it
// was and what it was called.
func EXIF(orientation int) []byte {
	const ascii, short = 2, 3
	exif := []byte("Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x02")
	entry := func(tag, kind uint16, count uint32, value ...byte) {
		exif = binary.BigEndian.AppendUint16(exif, tag)
		exif = binary.BigEndian.AppendUint16(exif, kind)
		exif = binary.BigEndian.AppendUint32(exif, count)
		exif = append(exif, value...)
	}
	entry(0x10f, ascii, 4, 'S', 'P', 'Y', 0) // the maker
	entry(0x112, short, 1, 0, byte(orientation), 0, 0)
	return append(exif, "\x00\x00\x00\x00GPS: 48.858222,2.2945"...)
}

// Part is one part of a form: a text, or a file where it has a file name.
type Part struct {
	Name, Content string
	File          string // name of the file
	Header        string // lines beside those of the name, each with its end
}

// FormType is the content type of [Form].
const FormType = "multipart/form-data; boundary=" + boundary

const boundary = "----WebKitFormBoundary7MA4YWxkTrZu0gW"

// Form is a body of these parts, as a browser sends it.
func Form(parts ...Part) string {
	var body strings.Builder
	for _, p := range parts {
		fmt.Fprintf(&body, "--%s\r\nContent-Disposition: form-data; name=%q", boundary, p.Name)
		if p.File != "" {
			fmt.Fprintf(&body, "; filename=%q\r\nContent-Type: application/octet-stream", p.File)
		}
		fmt.Fprintf(&body, "\r\n%s\r\n%s\r\n", p.Header, p.Content)
	}
	return body.String() + "--" + boundary + "--\r\n"
}

// PictureFile is a part that holds a picture.
func PictureFile(name string, picture []byte) Part {
	return Part{Name: name, Content: string(picture), File: "holiday.jpg"}
}

// RegistrationForm is the parts of a sign-up with pictures that is in order.
func RegistrationForm(username string, pictures ...Part) []Part {
	return append(pictures, // text may follow files
		Part{Name: "fullName", Content: "Ada Lovelace"}, Part{Name: "username", Content: username},
		Part{Name: "email", Content: Email(username)}, Part{Name: "password", Content: Password})
}

// Send sends a form.
func (c *Client) Send(method, path string, parts ...Part) Answer {
	c.t.Helper()
	return c.Request(method, path, Form(parts...), "Content-Type", FormType)
}

// SetAvatar uploads a picture as the avatar.
func (c *Client) SetAvatar(picture []byte) Answer {
	c.t.Helper()
	return c.Send(http.MethodPatch, AvatarPath, PictureFile("avatar", picture))
}

// SetCover uploads a picture as the cover image.
func (c *Client) SetCover(picture []byte) Answer {
	c.t.Helper()
	return c.Send(http.MethodPatch, CoverPath, PictureFile("coverImage", picture))
}

// Picture asks for a picture by its address, as any browser can.
func (s *Server) Picture(t testing.TB, address string, header ...string) Answer {
	t.Helper()
	path, found := strings.CutPrefix(address, s.Config.PublicURL)
	if !found {
		t.Fatalf("%q is no absolute address of this server", address)
	}
	return s.Ask(t, http.MethodGet, path, "", header...)
}

// Pictures returns the names of all files that the server keeps for pictures.
func (s *Server) Pictures(t testing.TB) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(s.Config.Media.Folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}
