package media

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"runtime"
	"sync/atomic"

	"github.com/bep/imagemeta"
	"golang.org/x/sync/semaphore"
)

const (
	memory       = 384 << 20 // bytes that all decoders take together
	queuePerSlot = 8         // pictures that may wait for each one that is processed, with up to 5 MB each
	quality      = 85        // of JPEG: half the size of 95, and no difference that people see
)

// Processor decodes at most as many pictures at once as there are cores, and
// fewer where they are large, so that a storm of uploads costs bounded memory
// and leaves time for other requests. It is safe for concurrent use.
type Processor struct {
	slots   *semaphore.Weighted // of bytes
	least   int64               // that one picture takes of them
	waiting atomic.Int64
	limit   int64
}

// NewProcessor returns a Processor.
func NewProcessor() *Processor {
	cores := int64(runtime.GOMAXPROCS(0))
	return &Processor{
		slots: semaphore.NewWeighted(memory),
		least: memory / cores,
		limit: cores * (queuePerSlot + 1),
	}
}

// Process returns the picture in the file, upright, in the size of the shape and
// without anything but its pixels. Errors: [ErrTooManyBytes],
// [ErrTooManyPixels], [ErrUnsupported], [ErrDamaged], [ErrBusy], or that of a
// context that ended while waiting.
func (p *Processor) Process(ctx context.Context, file []byte, shape Shape) (Picture, error) {
	f, canvas, err := inspect(file)
	if err != nil {
		return Picture{}, err
	}
	var picture Picture
	cost := f.cost(file, canvas)
	if cost > memory { // a progressive JPEG takes 15 or 24 bytes for each pixel
		return Picture{}, fmt.Errorf("%w: decoding it takes %d MB", ErrTooManyPixels, cost>>20)
	}
	err = p.inSlot(ctx, cost, func() error {
		decoded, err := decode(f, file)
		if err != nil {
			return err
		}
		upright := shape.apply(decoded, image.Pt(canvas.Width, canvas.Height), orientationOf(f, file))
		if colours, ok := parseProfile(profileOf(f, file)); ok {
			colours.apply(upright)
		}
		picture, err = encode(upright)
		return err
	})
	return picture, err
}

// inspect reads the header and nothing else.
func inspect(file []byte) (f format, canvas image.Config, err error) {
	if len(file) > MaxBytes {
		return f, canvas, ErrTooManyBytes
	}
	if f, err = formatOf(file); err != nil {
		return f, canvas, err
	}
	canvas, err = f.config(bytes.NewReader(file))
	switch {
	case err != nil:
		return f, canvas, refused(err)
	case canvas.Width < 1 || canvas.Height < 1:
		return f, canvas, fmt.Errorf("%w: it has no pixels", ErrDamaged)
	case canvas.Width > maxSide || canvas.Height > maxSide || pixels(canvas) > MaxPixels:
		return f, canvas, ErrTooManyPixels
	case f.meta == imagemeta.JPEG && scanned(file, canvas) > maxScanned:
		return f, canvas, fmt.Errorf("%w: it has too many scans", ErrUnsupported)
	}
	return f, canvas, nil
}

// decode turns a panic of the decoder into an error: decoders had bugs that
// hostile files found, and such a file is damaged.
func decode(f format, file []byte) (decoded image.Image, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("%w: the decoder panicked: %v", ErrDamaged, cause)
		}
	}()
	decoded, err = f.decode(bytes.NewReader(file))
	if err != nil {
		return nil, refused(err)
	}
	return decoded, nil
}

// refused tells a format that the decoder does not know from a damaged file.
func refused(err error) error {
	switch err.(type) {
	case jpeg.UnsupportedError, png.UnsupportedError:
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	return fmt.Errorf("%w: %w", ErrDamaged, err)
}

func encode(pixels *image.RGBA) (Picture, error) {
	var out bytes.Buffer
	if pixels.Opaque() {
		err := jpeg.Encode(&out, pixels, &jpeg.Options{Quality: quality})
		return Picture{JPEG, out.Bytes()}, err
	}
	err := png.Encode(&out, pixels)
	return Picture{PNG, out.Bytes()}, err
}

// inSlot waits until there is memory for the work. What a large picture leaves
// behind is collected before the next one begins: the heap would else grow to
// twice the memory.
func (p *Processor) inSlot(ctx context.Context, cost int64, work func() error) error {
	if p.waiting.Add(1) > p.limit {
		p.waiting.Add(-1)
		return ErrBusy
	}
	defer p.waiting.Add(-1)
	cost = max(cost, p.least)
	if err := p.slots.Acquire(ctx, cost); err != nil {
		return err
	}
	defer p.slots.Release(cost)
	if cost > memory/4 {
		defer runtime.GC()
	}
	return work()
}
