package media

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"io"

	"github.com/bep/imagemeta"
)

const maxProfile = 1 << 20 // bytes; those of cameras have less than 4 KB

// profileOf returns the colour profile in the file, nil where there is none. The
// decoders pass over it.
func profileOf(f format, file []byte) []byte {
	switch f.meta {
	case imagemeta.JPEG:
		return profileOfJPEG(file)
	case imagemeta.PNG:
		return profileOfPNG(file)
	case imagemeta.WebP:
		return chunk(file[12:], "ICCP", binary.LittleEndian, false)
	}
	return nil
}

// profileOfJPEG puts the segments of the profile together, which stand in order.
// Source: ICC.1:2022, B.4.
func profileOfJPEG(file []byte) (profile []byte) {
	const app2, startOfScan, name, numbers = 0xe2, 0xda, "ICC_PROFILE\x00", 2
	for rest := file[2:]; len(rest) > 4 && rest[0] == 0xff && rest[1] != startOfScan; {
		length := 2 + int(binary.BigEndian.Uint16(rest[2:]))
		if length < 4 || length > len(rest) {
			return nil
		}
		content := rest[4:length]
		if rest[1] == app2 && bytes.HasPrefix(content, []byte(name)) && len(content) > len(name)+numbers {
			profile = append(profile, content[len(name)+numbers:]...)
		}
		rest = rest[length:]
	}
	return profile
}

// profileOfPNG unpacks the profile. Source: PNG (Third Edition) §11.3.2.3.
func profileOfPNG(file []byte) []byte {
	const signature, method = 8, 1
	_, packed, _ := bytes.Cut(chunk(file[signature:], "iCCP", binary.BigEndian, true), []byte{0})
	if len(packed) < method {
		return nil
	}
	reader, err := zlib.NewReader(bytes.NewReader(packed[method:]))
	if err != nil {
		return nil
	}
	profile, err := io.ReadAll(io.LimitReader(reader, maxProfile))
	if err != nil {
		return nil
	}
	return profile
}

// chunk returns the content of the first chunk with this name: those of PNG have
// the length first and a checksum behind them, those of RIFF the name first and
// an even length.
func chunk(chunks []byte, name string, order binary.ByteOrder, isPNG bool) []byte {
	const head, checksum = 8, 4
	for len(chunks) > head {
		lengthAt, nameAt := 4, 0
		if isPNG {
			lengthAt, nameAt = 0, 4
		}
		length := int(order.Uint32(chunks[lengthAt:]))
		if length > len(chunks)-head {
			return nil
		}
		if string(chunks[nameAt:nameAt+4]) == name {
			return chunks[head : head+length]
		}
		next := head + length + length%2
		if isPNG {
			next = head + length + checksum
		}
		chunks = chunks[min(next, len(chunks)):]
	}
	return nil
}
