package media_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"testing"

	"sallyport/internal/media"
	"sallyport/tests/harness"
)

// number is an s15Fixed16Number.
func number(to []byte, values ...float64) []byte {
	for _, value := range values {
		to = binary.BigEndian.AppendUint32(to, uint32(int32(value*65536)))
	}
	return to
}

// The curve of sRGB, as a function, as a table and as the nearest gamma.
var (
	function = number([]byte("para\x00\x00\x00\x00\x00\x03\x00\x00"), 2.4, 1/1.055, 0.055/1.055, 1/12.92, 0.04045)
	gamma    = []byte("curv\x00\x00\x00\x00\x00\x00\x00\x01\x02\x33")
	straight = []byte("curv\x00\x00\x00\x00\x00\x00\x00\x00")
)

// profile is a colour profile with these primaries, and one curve.
func profile(curve []byte, primaries ...[3]float64) []byte {
	out := make([]byte, 128)
	copy(out[16:], "RGB XYZ ")
	out = binary.BigEndian.AppendUint32(out, 6)
	content := []byte{}
	element := func(signature string, data []byte) {
		out = append(out, signature...)
		out = binary.BigEndian.AppendUint32(out, uint32(128+4+6*12+len(content)))
		out = binary.BigEndian.AppendUint32(out, uint32(len(data)))
		content = append(content, data...)
	}
	for i, name := range []string{"r", "g", "b"} {
		element(name+"XYZ", number([]byte("XYZ \x00\x00\x00\x00"), primaries[i][:]...))
		element(name+"TRC", curve)
	}
	return append(out, content...)
}

// Primaries under D50, as the profiles of Apple and Microsoft have them.
var (
	displayP3 = [][3]float64{{0.51512, 0.24120, -0.00105}, {0.29198, 0.69225, 0.04189}, {0.15710, 0.06657, 0.78407}}
	sRGB      = [][3]float64{{0.43607, 0.22249, 0.01392}, {0.38515, 0.71687, 0.09708}, {0.14307, 0.06061, 0.71410}}
)

func plain(c color.RGBA) image.Image {
	m := image.NewRGBA(image.Rect(0, 0, 16, 16))
	for i := range 16 * 16 {
		m.SetRGBA(i%16, i/16, c)
	}
	return m
}

// inPNG puts the profile behind the header of a PNG.
func inPNG(file, profile []byte) []byte {
	var packed bytes.Buffer
	packed.WriteString("iCCPname\x00\x00")
	w := zlib.NewWriter(&packed)
	_, _ = w.Write(profile)
	_ = w.Close()
	const header = 33
	chunk := append(binary.BigEndian.AppendUint32(nil, uint32(packed.Len()-4)), packed.Bytes()...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(packed.Bytes()))
	return bytes.Join([][]byte{file[:header], chunk, file[header:]}, nil)
}

// inWebP puts the profile into the extended form of the WebP of 150 by 103 pixels.
func inWebP(file, profile []byte) []byte {
	extended := []byte("VP8X\x0a\x00\x00\x00\x20\x00\x00\x00\x95\x00\x00\x66\x00\x00ICCP")
	chunk := append(binary.LittleEndian.AppendUint32(extended, uint32(len(profile))), profile...)
	out := append(append(bytes.Clone(file[:12]), chunk...), file[12:]...)
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out
}

// Source of the values: CSS Color Module Level 4, where color(display-p3 0.9175
// 0.2003 0.1387) is red.
func TestProcess_WideColoursLookRight(t *testing.T) {
	for _, tt := range []struct {
		why      string
		in, want color.RGBA
	}{
		{"red", color.RGBA{234, 51, 35, 255}, color.RGBA{255, 0, 0, 255}},
		{"green", color.RGBA{117, 251, 76, 255}, color.RGBA{0, 255, 0, 255}},
		{"blue", color.RGBA{0, 0, 245, 255}, color.RGBA{0, 0, 255, 255}},
		{"white", color.RGBA{255, 255, 255, 255}, color.RGBA{255, 255, 255, 255}},
		{"gray", color.RGBA{128, 128, 128, 255}, color.RGBA{128, 128, 128, 255}},
		{"black", color.RGBA{0, 0, 0, 255}, color.RGBA{0, 0, 0, 255}},
		{"a red that no other screen has", color.RGBA{255, 0, 0, 255}, color.RGBA{255, 0, 0, 255}},
		{"half transparent red", color.RGBA{117, 25, 17, 128}, color.RGBA{128, 0, 0, 128}},
	} {
		wide := profile(function, displayP3...)
		for name, file := range map[string][]byte{
			"JPEG": harness.WithSegment(harness.AsJPEG(t, plain(tt.in)), 0xe2, append([]byte("ICC_PROFILE\x00\x01\x01"), wide...)),
			"PNG":  inPNG(harness.AsPNG(t, plain(tt.in)), wide),
		} {
			if name == "JPEG" && tt.in.A < 255 {
				continue
			}
			if out, _ := process(t, file, media.Avatar); !near(out.At(8, 8), tt.want) {
				t.Errorf("%s, %s: %v, want %v", tt.why, name, out.At(8, 8), tt.want)
			}
		}
	}
}

func TestProcess_CurvesOfEveryForm(t *testing.T) {
	in := color.RGBA{128, 128, 128, 255}
	table := binary.BigEndian.AppendUint32([]byte("curv\x00\x00\x00\x00"), 3)
	for _, value := range []uint16{0, 32768, 65535} { // as straight
		table = binary.BigEndian.AppendUint16(table, value)
	}
	for why, tt := range map[string]struct {
		curve []byte
		want  uint8
	}{
		"a function":                    {function, 128},
		"a gamma":                       {gamma, 128},
		"a gamma, as a function":        {number([]byte("para\x00\x00\x00\x00\x00\x00\x00\x00"), 2.2), 128},
		"a function from a point on":    {number([]byte("para\x00\x00\x00\x00\x00\x01\x00\x00"), 1, 1, 0), 188},
		"a function that is lifted":     {number([]byte("para\x00\x00\x00\x00\x00\x02\x00\x00"), 1, 1, 0, 0), 188},
		"a function of seven numbers":   {number([]byte("para\x00\x00\x00\x00\x00\x04\x00\x00"), 1, 1, 0, 1, 0, 0, 0), 188},
		"straight":                      {straight, 188},
		"a table":                       {table, 188},
		"a table that is not there":     {[]byte("curv\x00\x00\x00\x00\x7f\xff\xff\xff"), 128},
		"a function of an unknown kind": {[]byte("para\x00\x00\x00\x00\xff\xff\x00\x00"), 128},
		"neither":                       {[]byte("what\x00\x00\x00\x00\x00\x00\x00\x00"), 128},
		"nothing":                       {nil, 128},
	} {
		file := inPNG(harness.AsPNG(t, plain(in)), profile(tt.curve, displayP3...))
		if out, _ := process(t, file, media.Avatar); !near(out.At(8, 8), color.RGBA{tt.want, tt.want, tt.want, 255}) {
			t.Errorf("%s: %v, want %d", why, out.At(8, 8), tt.want)
		}
	}
}

func TestProcess_AProfileThatCannotBeReadChangesNothing(t *testing.T) {
	in := color.RGBA{200, 50, 50, 255}
	wide := profile(function, displayP3...)
	endless := bytes.Clone(wide)
	copy(endless[128:], "\xff\xff\xff\xff")
	for i := 132 + 4; i < 132+6*12; i += 12 {
		copy(endless[i:], "\xff\xff\xff\xff\xff\xff\xff\xff")
	}
	for why, profile := range map[string][]byte{
		"sRGB": profile(function, sRGB...), "nothing": {}, "cut off": wide[:140], "one byte": {1},
		"of ink": bytes.Replace(wide, []byte("RGB "), []byte("CMYK"), 1), "places outside of it": endless,
	} {
		for name, file := range map[string][]byte{
			"JPEG": harness.WithSegment(harness.AsJPEG(t, plain(in)), 0xe2, append([]byte("ICC_PROFILE\x00\x01\x01"), profile...)),
			"PNG":  inPNG(harness.AsPNG(t, plain(in)), profile),
		} {
			if out, _ := process(t, file, media.Avatar); !near(out.At(8, 8), in) {
				t.Errorf("%s, %s: %v, want %v", why, name, out.At(8, 8), in)
			}
		}
	}
}

func TestProcess_AWebPHasAProfileToo(t *testing.T) {
	file := sample(t, "video-001.lossy.webp")
	as, _ := process(t, file, media.Cover)
	wide, _ := process(t, inWebP(file, profile(straight, displayP3...)), media.Cover)
	if before, after := gray(as.At(20, 20)), gray(wide.At(20, 20)); after < before+20 {
		t.Errorf("a straight curve makes %d of %d", after, before)
	}
}
