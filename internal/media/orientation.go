package media

import (
	"bytes"
	"image"

	"github.com/bep/imagemeta"
)

// orientation is how a camera was held: 1 is upright; 5 to 8 stand on a side.
// Source: CIPA DC-008 (EXIF 2.32) §4.6.4, tag 274.
type orientation int

// orientationOf is 1 for a file that says nothing, or nothing that can be read:
// that is how browsers show it.
func orientationOf(f format, file []byte) orientation {
	found := orientation(1)
	if f.meta == 0 {
		return found
	}
	_, _ = imagemeta.Decode(imagemeta.Options{
		R:           bytes.NewReader(file),
		ImageFormat: f.meta,
		Sources:     imagemeta.EXIF,
		ShouldHandleTag: func(tag imagemeta.TagInfo) bool {
			return tag.Tag == "Orientation" && tag.Namespace == "IFD0" // not that of the thumbnail
		},
		HandleTag: func(tag imagemeta.TagInfo) error {
			if value, ok := tag.Value.(uint16); ok && 1 <= value && value <= 8 {
				found = orientation(value)
			}
			return imagemeta.ErrStopWalking
		},
	})
	return found
}

// turned is the size of the picture when it stands upright.
func (o orientation) turned(p image.Point) image.Point {
	if o >= 5 {
		return image.Pt(p.Y, p.X)
	}
	return p
}
