package media

import (
	"image"
	"image/draw"

	xdraw "golang.org/x/image/draw"
	"golang.org/x/image/math/f64"
)

// Shape is what a picture is for. A picture that is smaller stays as small.
type Shape int

// The shapes.
const (
	Avatar Shape = iota // 512 pixels square: the middle of the picture
	Cover               // the whole picture, at most 1600 pixels wide and high
)

const (
	avatarSide = 512
	coverSide  = 1600
)

// frame returns the part of the picture that is shown, and its size then, both
// before the picture is turned upright.
func (s Shape) frame(canvas image.Point) (part image.Rectangle, size image.Point) {
	if s == Avatar {
		side := min(canvas.X, canvas.Y)
		corner := image.Pt((canvas.X-side)/2, (canvas.Y-side)/2)
		return image.Rectangle{Min: corner, Max: corner.Add(image.Pt(side, side))}, image.Pt(min(side, avatarSide), min(side, avatarSide))
	}
	long := max(canvas.X, canvas.Y)
	scaled := func(side int) int { return max(1, (side*min(long, coverSide)+long/2)/long) }
	return image.Rectangle{Max: canvas}, image.Pt(scaled(canvas.X), scaled(canvas.Y))
}

// apply returns the shown part of the decoded picture. The decoded picture may
// cover a part of the canvas only; the rest is transparent.
func (s Shape) apply(decoded image.Image, canvas image.Point, o orientation) *image.RGBA {
	part, size := s.frame(canvas)
	averaged := average(decoded, part, image.Pt(part.Dx()/size.X, part.Dy()/size.Y))
	upright := image.NewRGBA(image.Rectangle{Max: o.turned(size)})
	xdraw.ApproxBiLinear.Transform(upright, o.matrix(averaged.Rect.Max, size), averaged, averaged.Rect, xdraw.Src, nil)
	return upright
}

// average returns the part with each block of pixels made one. The result is
// less than twice as large on each side as what is wanted, so that a bilinear
// step does the rest well: a better scaler takes 32 bytes for each row and column.
func average(source image.Image, part image.Rectangle, block image.Point) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, part.Dx()/block.X, part.Dy()/block.Y))
	rows := image.NewRGBA(image.Rect(0, 0, part.Dx(), block.Y))
	for y := range out.Rect.Dy() {
		clear(rows.Pix) // the source may cover a part
		draw.Draw(rows, rows.Rect, source, part.Min.Add(image.Pt(0, y*block.Y)), draw.Src)
		for x := range out.Rect.Dx() {
			averageBlock(out.Pix[out.PixOffset(x, y):][:4], rows, x*block.X, block)
		}
	}
	return out
}

// averageBlock writes the mean of one block. Colours are multiplied by their
// alpha, so that a transparent pixel adds no colour.
func averageBlock(to []byte, rows *image.RGBA, left int, block image.Point) {
	var sums [4]int
	for y := range block.Y {
		line := rows.Pix[rows.PixOffset(left, y):][:4*block.X]
		for i := 0; i < len(line); i += 4 {
			sums[0] += int(line[i])
			sums[1] += int(line[i+1])
			sums[2] += int(line[i+2])
			sums[3] += int(line[i+3])
		}
	}
	count := block.X * block.Y
	for i, sum := range sums {
		to[i] = byte((sum + count/2) / count) // #nosec G115 -- a mean of bytes is one
	}
}

// matrix maps the averaged picture to its final size, upright.
func (o orientation) matrix(from, size image.Point) f64.Aff3 {
	x, y := float64(size.X)/float64(from.X), float64(size.Y)/float64(from.Y)
	w, h := float64(size.X), float64(size.Y)
	switch o {
	case 2:
		return f64.Aff3{-x, 0, w, 0, y, 0}
	case 3:
		return f64.Aff3{-x, 0, w, 0, -y, h}
	case 4:
		return f64.Aff3{x, 0, 0, 0, -y, h}
	case 5:
		return f64.Aff3{0, y, 0, x, 0, 0}
	case 6:
		return f64.Aff3{0, -y, h, x, 0, 0}
	case 7:
		return f64.Aff3{0, -y, h, -x, 0, w}
	case 8:
		return f64.Aff3{0, y, 0, -x, 0, w}
	}
	return f64.Aff3{x, 0, 0, 0, y, 0}
}
