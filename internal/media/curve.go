package media

import (
	"encoding/binary"
	"math"
)

// readCurve fills the table from a curve of either type.
func readCurve(curve []byte, table *[256]float64) (ok bool) {
	if len(curve) < 12 {
		return false
	}
	toLight, ok := parametric(curve)
	if string(curve[:4]) == "curv" {
		toLight, ok = sampled(curve)
	}
	if !ok {
		return false
	}
	for value := range table {
		table[value] = toLight(float64(value) / 255)
	}
	return true
}

// sampled is a curve as a table, or one number that is a gamma.
func sampled(curve []byte) (toLight func(float64) float64, ok bool) {
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
func parametric(curve []byte) (toLight func(float64) float64, ok bool) {
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

// lightOf is the curve of sRGB. Source: IEC 61966-2-1.
func lightOf(x float64) float64 {
	if x <= 0.04045 {
		return x / 12.92
	}
	return math.Pow((x+0.055)/1.055, 2.4)
}

// valueOf is the inverse of lightOf.
func valueOf(light float64) float64 {
	if light <= 0.0031308 {
		return 12.92 * light
	}
	return 1.055*math.Pow(light, 1/2.4) - 0.055
}
