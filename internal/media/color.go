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

// readCurve fills the table from a curve of either type.
func readCurve(curve []byte, table *[256]float64) (ok bool) {
	if len(curve) < 12 {
		return false
	}
	light, ok := parametric(curve)
	if string(curve[:4]) == "curv" {
		light, ok = sampled(curve)
	}
	if !ok {
		return false
	}
	for value := range table {
		table[value] = light(float64(value) / 255)
	}
	return true
}

// sampled is a curve as a table, or one number that is a gamma.
func sampled(curve []byte) (light func(float64) float64, ok bool) {
	count, samples := int(binary.BigEndian.Uint32(curve[8:])), curve[12:]
	if count < 0 || count > len(samples)/2 {
		return nil, false
	}
	at := func(i int) float64 { return float64(binary.BigEndian.Uint16(samples[2*i:])) }
	switch count {
	case 0:
		return func(x float64) float64 { return x }, true
	case 1:
		return func(x float64) float64 { return math.Pow(x, at(0)/256) }, true
	}
	return func(x float64) float64 { // between two samples a line
		place := x * float64(count-1)
		low := min(int(place), count-2)
		return (at(low) + (place-float64(low))*(at(low+1)-at(low))) / 65535
	}, true
}

// parametric is a curve as a function: its type, and up to seven numbers g a b c d
// e f.
func parametric(curve []byte) (light func(float64) float64, ok bool) {
	counts := []int{1, 3, 4, 5, 7}
	kind := int(binary.BigEndian.Uint16(curve[8:]))
	if string(curve[:4]) != "para" || kind >= len(counts) || len(curve) < 12+4*counts[kind] {
		return nil, false
	}
	p := [7]float64{1: 1} // a is 1 where it is not given
	for i := range counts[kind] {
		p[i] = fixed(curve[12+4*i:])
	}
	g, a, b, c, d, e, f := p[0], p[1], p[2], p[3], p[4], p[5], p[6]
	switch kind {
	case 1: // the power from -b/a on, else 0
		c, d = 0, -b/a
	case 2: // the same, and both higher by c
		c, d, e, f = 0, -b/a, c, c
	}
	return func(x float64) float64 {
		if x >= d {
			return math.Pow(max(a*x+b, 0), g) + e
		}
		return c*x + f
	}, true
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
			if math.Abs(c.linear[i][value]-light(float64(value)/255)) > 0.01 {
				return false
			}
		}
	}
	return true
}

// light is the curve of sRGB. Source: IEC 61966-2-1.
func light(x float64) float64 {
	if x <= 0.04045 {
		return x / 12.92
	}
	return math.Pow((x+0.055)/1.055, 2.4)
}

// value is the inverse of light.
func value(light float64) float64 {
	if light <= 0.0031308 {
		return 12.92 * light
	}
	return 1.055*math.Pow(light, 1/2.4) - 0.055
}

const steps = 4096 // of the table of values: exact to one of 255

// apply changes the picture to sRGB.
func (c *colours) apply(m *image.RGBA) {
	var values [steps + 1]float64
	for i := range values {
		values[i] = value(float64(i) / steps)
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
