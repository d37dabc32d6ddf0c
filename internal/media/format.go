package media

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"github.com/bep/imagemeta"
	"golang.org/x/image/webp"
)

// format is how one kind of file is read.
type format struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error) // of an animation: the first frame
	meta   imagemeta.ImageFormat                // zero: it has no EXIF
	cost   func(data []byte, c image.Config) int64
}

// formatOf goes by the content alone: names and types are the client's word.
func formatOf(data []byte) (format, error) {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		return format{jpeg.DecodeConfig, jpeg.Decode, imagemeta.JPEG, costOfJPEG}, nil
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		return format{png.DecodeConfig, png.Decode, imagemeta.PNG, costOfPNG}, nil
	case bytes.HasPrefix(data, []byte("GIF87a")), bytes.HasPrefix(data, []byte("GIF89a")):
		return format{gif.DecodeConfig, gif.Decode, 0, costOfGIF}, nil
	case isWebP(data):
		return format{webp.DecodeConfig, webp.Decode, imagemeta.WebP, costOfWebP}, refuseAnimated(data)
	}
	return format{}, fmt.Errorf("%w: its first bytes are those of no JPEG, PNG, GIF or WebP", ErrUnsupported)
}

func isWebP(data []byte) bool {
	return len(data) > 21 && string(data[:4]) == "RIFF" && string(data[8:15]) == "WEBPVP8"
}

// refuseAnimated refuses what the decoder cannot read. Source: RFC 9649 §2.7.1.
func refuseAnimated(data []byte) error {
	const animation = 1 << 1
	if data[15] == 'X' && data[20]&animation != 0 {
		return fmt.Errorf("%w: it is an animated WebP", ErrUnsupported)
	}
	return nil
}

// maxScanned is how many pixels the scans of a JPEG may go over together. A
// progressive one has about ten scans. A hostile one may have a thousand, of a few
// bytes each, that keep a processor busy for minutes. What follows a picture,
// such as the video of a telephone, looks like a few scans too.
const maxScanned = 64 * MaxPixels

func scanned(data []byte, c image.Config) int64 {
	return int64(bytes.Count(data, []byte("\xff\xda"))) * pixels(c)
}

// The costs are the bytes that the decoder takes at most. They are measured, see
// docs/pictures.md.

func costOfJPEG(data []byte, c image.Config) int64 {
	perPixel := int64(3)
	switch c.ColorModel {
	case color.GrayModel:
		perPixel = 1
	case color.CMYKModel, color.RGBAModel:
		perPixel = 8 // planes first, and then pixels
	}
	if bytes.Contains(data, []byte("\xff\xc2")) { // progressive: four bytes more for each sample
		perPixel += 4 * min(perPixel, 4)
	}
	return perPixel * pixels(c)
}

func costOfPNG(data []byte, c image.Config) int64 {
	const interlace = 28 // where IHDR says so
	perPixel := int64(8) // 16 bits of four colours
	switch c.ColorModel {
	case color.RGBAModel, color.NRGBAModel:
		perPixel = 4
	}
	if data[interlace] != 0 {
		perPixel *= 2
	}
	return perPixel * pixels(c)
}

func costOfGIF(_ []byte, c image.Config) int64 { return pixels(c) }

func costOfWebP(_ []byte, c image.Config) int64 { return 8 * pixels(c) }

func pixels(c image.Config) int64 { return int64(c.Width) * int64(c.Height) }
