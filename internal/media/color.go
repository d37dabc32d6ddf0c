package media

import (
	"encoding/binary"
	"image"
	"math"
)

// colours turns the colours of a profile into sRGB, which is what a picture without
// a profile has.
type colours struct {
	linear [3][256]float64 // light of each value, from 0 to 1
	matrix [3][3]float64   // from there to the light of sRGB
}

// toSRGB is of the light of XYZ under D50, which profiles use: the inverse of the
// primaries of sRGB. Source: IEC 61966-2-1, adapted as ICC.1:2022, annex E has it.
var toSRGB = [3][3]float64{
	{3.1338561, -1.6168667, -0.4906146},
	{-0.9787684, 1.9161415, 0.0334540},
	{0.0719453, -0.2289914, 1.4052427},
}

// parseProfile reads a profile of three primaries and three curves, which cameras,
// telephones and screens have. ok = false for any other one, and for sRGB itself:
// there is nothing to do. Source: ICC.1:2022 §7 to §10.
func parseProfile(profile []byte) (c colours, ok bool) {
	const header, space = 132, 16
	if len(profile) < header || string(profile[space:space+8]) != "RGB XYZ " {
		return c, false
	}
	for i, name := range []string{"r", "g", "b"} {
		primary, curve := tag(profile, name+"XYZ"), tag(profile, name+"TRC")
		if len(primary) < 20 || !readCurve(curve, &c.linear[i]) {
			return c, false
		}
		for row := range c.matrix {
			for k := range toSRGB {
				c.matrix[row][i] += toSRGB[row][k] * fixed(primary[8+4*k:])
			}
		}
	}
	return c, !c.isSRGB()
}

// tag returns the element with this signature, nil where there is none.
func tag(profile []byte, signature string) []byte {
	const count, entry = 128, 12
	entries := profile[count+4:]
	for range min(int(binary.BigEndian.Uint32(profile[count:])), len(entries)/entry) {
		if string(entries[:4]) == signature {
			start, length := uint64(binary.BigEndian.Uint32(entries[4:])), uint64(binary.BigEndian.Uint32(entries[8:]))
			if start+length > uint64(len(profile)) {
				return nil
			}
			return profile[start : start+length]
		}
		entries = entries[entry:]
	}
	return nil
}

// fixed reads an s15Fixed16Number.
func fixed(b []byte) float64 {
	return float64(int32(binary.BigEndian.Uint32(b))) / 65536 // #nosec G115 -- the sign is in the highest bit
}

// isSRGB reports whether nobody would see a difference.
func (c *colours) isSRGB() bool {
	for i := range c.matrix {
		for k, factor := range c.matrix[i] {
			identity := map[bool]float64{true: 1}[i == k]
			if math.Abs(factor-identity) > 0.01 {
				return false
			}
		}
		for _, value := range []int{64, 128, 192} {
			if math.Abs(c.linear[i][value]-lightOf(float64(value)/255)) > 0.01 {
				return false
			}
		}
	}
	return true
}

const steps = 4096 // of the table of values: exact to one of 255

// apply changes the picture to sRGB.
func (c *colours) apply(m *image.RGBA) {
	var values [steps + 1]float64
	for i := range values {
		values[i] = valueOf(float64(i) / steps)
	}
	for at := 0; at < len(m.Pix); at += 4 {
		pixel := m.Pix[at : at+4 : at+4]
		alpha := int(pixel[3])
		if alpha == 0 {
			continue
		}
		var in [3]float64
		for i := range in { // colours are multiplied by alpha
			in[i] = c.linear[i][min(int(pixel[i])*255/alpha, 255)]
		}
		for i, row := range c.matrix {
			sum := row[0]*in[0] + row[1]*in[1] + row[2]*in[2]
			if !(sum > 0) {
				sum = 0 // also for what is no number
			}
			pixel[i] = byte(values[int(min(sum, 1)*steps)]*float64(alpha) + 0.5)
		}
	}
}
