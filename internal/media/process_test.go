package media_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/color/palette"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sallyport/internal/media"
	"sallyport/tests/harness"
)

// process returns the pixels that come out.
func process(t *testing.T, file []byte, shape media.Shape) (image.Image, media.Type) {
	t.Helper()
	picture, err := media.NewProcessor().Process(t.Context(), file, shape)
	if err != nil {
		t.Fatal(err)
	}
	out, format, err := image.Decode(bytes.NewReader(picture.Bytes))
	if err != nil {
		t.Fatal(err)
	}
	if want := map[media.Type]string{media.JPEG: "jpeg", media.PNG: "png"}[picture.Type]; format != want {
		t.Fatalf("a %s is called %s", format, picture.Type)
	}
	return out, picture.Type
}

// sample reads a file of Go's own tests.
func sample(t testing.TB, name string) []byte {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// near reports whether two colours look the same: JPEG changes each a little.
func near(a, b color.Color) bool {
	const most = 0x0a00 // of 0xffff
	within := func(x, y uint32) bool { return max(x, y)-min(x, y) <= most }
	ar, ag, ab, aa := a.RGBA()
	br, bg, bb, ba := b.RGBA()
	return within(ar, br) && within(ag, bg) && within(ab, bb) && within(aa, ba)
}

// corners are the colours in the middle of the four quarters, from the upper left
// one clockwise.
func corners(m image.Image) [4]color.Color {
	size := m.Bounds().Size()
	at := func(x, y int) color.Color { return m.At(size.X*x/4, size.Y*y/4) }
	return [4]color.Color{at(1, 1), at(3, 1), at(3, 3), at(1, 3)}
}

func TestProcess_SizesAreBoundedAndNothingIsEnlarged(t *testing.T) {
	tests := []struct {
		why           string
		shape         media.Shape
		width, height int
		want          image.Point
	}{
		{"large", media.Avatar, 2000, 1500, image.Pt(512, 512)},
		{"exact", media.Avatar, 512, 512, image.Pt(512, 512)},
		{"not a multiple", media.Avatar, 1025, 1023, image.Pt(512, 512)},
		{"small", media.Avatar, 100, 300, image.Pt(100, 100)},
		{"one pixel", media.Avatar, 1, 1, image.Pt(1, 1)},
		{"a line", media.Avatar, 3000, 1, image.Pt(1, 1)},
		{"wide", media.Cover, 3200, 1000, image.Pt(1600, 500)},
		{"high", media.Cover, 1000, 3200, image.Pt(500, 1600)},
		{"small", media.Cover, 640, 480, image.Pt(640, 480)},
		{"a line", media.Cover, 5000, 1, image.Pt(1600, 1)},
		{"a column", media.Cover, 1, 5000, image.Pt(1, 1600)},
		{"one more", media.Cover, 1601, 1601, image.Pt(1600, 1600)},
	}
	for _, tt := range tests {
		for _, file := range [][]byte{
			harness.AsPNG(t, harness.Quarters(tt.width, tt.height)),
			harness.WithSegment(harness.AsJPEG(t, harness.Quarters(tt.height, tt.width)), 0xe1, harness.EXIF(6)),
		} {
			out, kind := process(t, file, tt.shape)
			if out.Bounds().Size() != tt.want || kind != media.JPEG {
				t.Errorf("%s, %dx%d: %v %s, want %v", tt.why, tt.width, tt.height, out.Bounds(), kind, tt.want)
			}
		}
	}
}

func TestProcess_AnAvatarIsTheMiddle(t *testing.T) {
	wide := image.NewRGBA(image.Rect(0, 0, 1500, 500))
	for y := range 500 {
		for x := range 1500 {
			wide.SetRGBA(x, y, [3]color.RGBA{harness.Red, harness.Blue, harness.Green}[x/500])
		}
	}
	out, _ := process(t, harness.AsPNG(t, wide), media.Avatar)
	for _, p := range []image.Point{{1, 1}, {498, 1}, {250, 250}, {1, 498}, {498, 498}} {
		if got := out.At(p.X, p.Y); !near(got, harness.Blue) {
			t.Errorf("%v is %v", p, got)
		}
	}
}

// Source: CIPA DC-008 (EXIF 2.32) §4.6.4, tag 274.
func TestProcess_ThePictureStandsUpright(t *testing.T) {
	red, green, blue, gray := harness.Red, harness.Green, harness.Blue, harness.Gray
	for o, want := range map[int][4]color.RGBA{
		0: {red, green, blue, gray}, // not a value
		1: {red, green, blue, gray},
		2: {green, red, gray, blue},
		3: {blue, gray, red, green},
		4: {gray, blue, green, red},
		5: {red, gray, blue, green},
		6: {gray, red, green, blue},
		7: {blue, green, red, gray},
		8: {green, blue, gray, red},
		9: {red, green, blue, gray}, // not a value
	} {
		file := harness.WithSegment(harness.AsJPEG(t, harness.Quarters(900, 600)), 0xe1, harness.EXIF(o))
		for _, shape := range []media.Shape{media.Avatar, media.Cover} {
			out, _ := process(t, file, shape)
			for i, got := range corners(out) {
				if !near(got, want[i]) {
					t.Errorf("orientation %d, shape %d, corner %d: %v, want %v", o, shape, i, got, want[i])
				}
			}
		}
	}
}

func TestProcess_NothingButPixelsIsLeft(t *testing.T) {
	file := harness.WithSegment(harness.AsJPEG(t, harness.Quarters(64, 64)), 0xe1, harness.EXIF(1))
	file = harness.WithSegment(file, 0xfe, []byte("a comment")) // COM
	file = append(file, "PK\x03\x04 a zip behind the picture"...)
	if !bytes.Contains(file, []byte("GPS")) {
		t.Fatal("the sample holds no place")
	}
	picture, err := media.NewProcessor().Process(t.Context(), file, media.Avatar)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"Exif", "GPS", "SPY", "comment", "zip"} {
		if bytes.Contains(picture.Bytes, []byte(secret)) {
			t.Errorf("%q is still there", secret)
		}
	}
}

func TestProcess_TransparencyStays(t *testing.T) {
	clear := image.NewNRGBA(image.Rect(0, 0, 700, 700))
	for y := range 350 {
		for x := range 700 {
			clear.SetNRGBA(x, y, color.NRGBA{0xff, 0, 0, 0x80})
		}
	}
	frame := image.NewPaletted(image.Rect(10, 10, 20, 20), palette.Plan9)
	for name, file := range map[string][]byte{
		"PNG":                        harness.AsPNG(t, clear),
		"lossless WebP":              sample(t, "gopher-doc.with-alpha.lossless.webp"),
		"lossy WebP":                 sample(t, "yellow_rose.lossy-with-alpha.webp"),
		"GIF smaller than its frame": harness.AsGIF(t, image.Pt(30, 30), frame),
	} {
		out, kind := process(t, file, media.Avatar)
		if _, _, _, alpha := out.At(out.Bounds().Max.X-1, out.Bounds().Max.Y-1).RGBA(); kind != media.PNG || alpha != 0 {
			t.Errorf("%s: %s, alpha %d", name, kind, alpha)
		}
	}
	out, _ := process(t, harness.AsPNG(t, clear), media.Avatar)
	if got := out.At(100, 100); !near(got, color.NRGBA{0xff, 0, 0, 0x80}) {
		t.Errorf("half transparent red is %v", got)
	}
}

func TestProcess_ReadsEveryKindOfPixel(t *testing.T) {
	in := harness.Quarters(600, 600)
	as := func(to interface {
		image.Image
		Set(x, y int, c color.Color)
	}) []byte {
		for y := range 600 {
			for x := range 600 {
				to.Set(x, y, in.At(x, y))
			}
		}
		return harness.AsPNG(t, to)
	}
	whole := in.Bounds()
	paletted := image.NewPaletted(whole, color.Palette{harness.Red, harness.Green, harness.Blue, harness.Gray})
	indexed := as(paletted)
	for name, file := range map[string][]byte{
		"8 bits":                    as(image.NewRGBA(whole)),
		"16 bits":                   as(image.NewRGBA64(whole)),
		"16 bits with transparency": as(image.NewNRGBA64(whole)),
		"a palette":                 indexed,
		"GIF":                       harness.AsGIF(t, whole.Size(), paletted),
		"animated GIF":              harness.AsGIF(t, whole.Size(), paletted, image.NewPaletted(whole, color.Palette{color.White})),
		"JPEG":                      harness.AsJPEG(t, in),
	} {
		out, kind := process(t, file, media.Avatar)
		for i, want := range []color.Color{harness.Red, harness.Green, harness.Blue, harness.Gray} {
			if got := corners(out)[i]; !near(got, want) || kind != media.JPEG {
				t.Errorf("%s, corner %d: %v, want %v (%s)", name, i, got, want, kind)
			}
		}
	}
}

// Adobe's CMYK is written inverted: read as it stands, white would be black. The
// sample was made for paper, so its colours are deeper than those of the other.
func TestProcess_CMYKLooksRight(t *testing.T) {
	out, _ := process(t, sample(t, "video-001.cmyk.jpeg"), media.Cover)
	like, _ := process(t, sample(t, "video-001.lossy.webp"), media.Cover)
	size := out.Bounds().Size()
	if size != like.Bounds().Size() {
		t.Fatalf("%v and %v are not the same picture", size, like.Bounds())
	}
	var plain, inverted int
	for i := range size.X * size.Y {
		a, b := gray(out.At(i%size.X, i/size.X)), gray(like.At(i%size.X, i/size.X))
		plain += max(a, b) - min(a, b)
		inverted += max(255-a, b) - min(255-a, b)
	}
	if 2*plain > inverted {
		t.Errorf("the picture differs from what it shows by %d, and its negative by %d", plain, inverted)
	}
}

func gray(c color.Color) int { return int(color.GrayModel.Convert(c).(color.Gray).Y) }

// pngHeader is a PNG of which only the header is there.
func pngHeader(width, height uint32) []byte {
	chunk := binary.BigEndian.AppendUint32([]byte("IHDR"), width)
	chunk = append(binary.BigEndian.AppendUint32(chunk, height), 8, 2, 0, 0, 0)
	file := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), chunk...)
	return binary.BigEndian.AppendUint32(file, crc32.ChecksumIEEE(chunk))
}

// resized changes the header of a JPEG of 64 by 64 pixels: the kind of its coding,
// where 0xc2 is progressive, and its size.
func resized(file []byte, kind byte, side uint16) []byte {
	file = bytes.Clone(file)
	at := bytes.Index(file, []byte{0xff, 0xc0})
	file[at+1] = kind
	binary.BigEndian.PutUint16(file[at+5:], side)
	binary.BigEndian.PutUint16(file[at+7:], side)
	return file
}

func TestProcess_RefusesByName(t *testing.T) {
	good := harness.AsJPEG(t, harness.Quarters(64, 64))
	tests := []struct {
		why  string
		file string
		want error
	}{
		{"nothing", "", media.ErrUnsupported},
		{"zero bytes", strings.Repeat("\x00", 1000), media.ErrUnsupported},
		{"HEIC", "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", media.ErrUnsupported},
		{"AVIF", "\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1miaf", media.ErrUnsupported},
		{"SVG", `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`, media.ErrUnsupported},
		{"HTML", "<!doctype html><script>alert(1)</script>", media.ErrUnsupported},
		{"PDF", "%PDF-1.7\n", media.ErrUnsupported},
		{"TIFF", "II*\x00\x08\x00\x00\x00", media.ErrUnsupported},
		{"BMP", "BM\x00\x00\x00\x00", media.ErrUnsupported},
		{"text before the picture", " " + string(good), media.ErrUnsupported},
		{"a GIF that is a script", "GIF89a/*\x09\x00" + strings.Repeat(" ", 50) + "*/=alert(1)//", media.ErrDamaged},
		{"a JPEG cut off", string(good[:len(good)/2]), media.ErrDamaged},
		{"the first bytes of a JPEG", "\xff\xd8\xff", media.ErrDamaged},
		{"the first bytes of a PNG", "\x89PNG\r\n\x1a\n", media.ErrDamaged},
		{"a PNG without pixels", string(pngHeader(100, 100)), media.ErrDamaged},
		{"the first bytes of a WebP", "RIFF\x16\x00\x00\x00WEBPVP8 \x00\x00\x00\x00\x00\x00", media.ErrDamaged},
		{"an animated WebP", "RIFF\x16\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00", media.ErrUnsupported},
		{"more than 5 MB", string(good) + strings.Repeat("\x00", media.MaxBytes), media.ErrTooManyBytes},
		{"a PNG bomb", string(pngHeader(50_000, 50_000)), media.ErrTooManyPixels},
		{"a PNG whose size overflows", string(pngHeader(1<<31-1, 1<<31-1)), media.ErrUnsupported}, // the decoder's word
		{"one row too much", string(pngHeader(8000, 5001)), media.ErrTooManyPixels},
		{"a line", string(pngHeader(65_536, 1)), media.ErrTooManyPixels},
		{"a GIF canvas", "GIF89a\xff\xff\xff\xff\x00\x00\x00", media.ErrTooManyPixels},
		{"a WebP canvas", "RIFF\x16\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\xff\x3f\x00\xff\x3f\x00", media.ErrTooManyPixels},
		{"a lossless WebP of 28 bytes", "RIFF\x14\x00\x00\x00WEBPVP8L\x08\x00\x00\x00\x2f\xff\xff\xff\x0f\x88\x88\x08", media.ErrTooManyPixels},
		{"a large JPEG of 100 scans", string(resized(good, 0xc0, 6000)) + strings.Repeat("\xff\xda", 100), media.ErrUnsupported},
		{"a JPEG of a million scans", string(good) + strings.Repeat("\xff\xda", 1_000_000), media.ErrUnsupported},
		{"a progressive JPEG that takes 600 MB", string(resized(good, 0xc2, 6324)), media.ErrTooManyPixels},
	}
	for _, tt := range tests {
		for _, shape := range []media.Shape{media.Avatar, media.Cover} {
			if _, err := media.NewProcessor().Process(t.Context(), []byte(tt.file), shape); !errors.Is(err, tt.want) {
				t.Errorf("%s: %v, want %v", tt.why, err, tt.want)
			}
		}
	}
}

// A small file may grow when it is written again, and is not too large then.
func TestProcess_TakesAPictureThatGrows(t *testing.T) {
	in := image.NewNRGBA(image.Rect(0, 0, 1000, 1000))
	for i := range in.Pix {
		in.Pix[i] = byte(i * i >> 7)
	}
	var small bytes.Buffer
	if err := jpeg.Encode(&small, in, &jpeg.Options{Quality: 1}); err != nil {
		t.Fatal(err)
	}
	picture, err := media.NewProcessor().Process(t.Context(), small.Bytes(), media.Cover)
	if err != nil || len(picture.Bytes) <= small.Len() {
		t.Errorf("%d bytes from %d: %v", len(picture.Bytes), small.Len(), err)
	}
}

func TestProcess_GivesUpWithItsCaller(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := media.NewProcessor().Process(ctx, harness.AsPNG(t, harness.Quarters(8, 8)), media.Avatar); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// Whatever comes in, what goes out is a picture of the program's own making or
// one of its own errors.
func FuzzProcess(f *testing.F) {
	for _, name := range []string{"video-001.cmyk.jpeg", "gopher-doc.with-alpha.lossless.webp", "yellow_rose.lossy-with-alpha.webp", "video-001.lossy.webp"} {
		f.Add(sample(f, name))
	}
	f.Add(harness.AsPNG(f, harness.Quarters(9, 5)))
	f.Add(harness.WithSegment(harness.AsJPEG(f, harness.Quarters(9, 5)), 0xe1, harness.EXIF(6)))
	f.Add(harness.AsGIF(f, image.Pt(9, 5), image.NewPaletted(image.Rect(1, 1, 3, 3), palette.Plan9)))
	f.Add([]byte("GIF89a/*"))
	processor := media.NewProcessor()
	f.Fuzz(func(t *testing.T, file []byte) {
		for shape, most := range map[media.Shape]int{media.Avatar: 512, media.Cover: 1600} {
			picture, err := processor.Process(t.Context(), file, shape)
			if err != nil {
				if !errors.Is(err, media.ErrTooManyBytes) && !errors.Is(err, media.ErrTooManyPixels) && !errors.Is(err, media.ErrUnsupported) && !errors.Is(err, media.ErrDamaged) {
					t.Fatal(err)
				}
				continue
			}
			decode := map[media.Type]func([]byte) (image.Config, error){
				media.JPEG: func(b []byte) (image.Config, error) { return jpeg.DecodeConfig(bytes.NewReader(b)) },
				media.PNG:  func(b []byte) (image.Config, error) { return png.DecodeConfig(bytes.NewReader(b)) },
			}[picture.Type]
			size, err := decode(picture.Bytes)
			if err != nil || size.Width > most || size.Height > most {
				t.Fatalf("%+v, %v", size, err)
			}
		}
	})
}
